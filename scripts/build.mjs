// Compiles everything to dist/, and the agent once more as a CommonJS file, with the small one that workers preload to run it:
// an ESM preload would cost each worker 11 % of its start.
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const startedAtMs = Date.now();
const tsc = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', root], { stdio: 'inherit' });
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
await build({
  entryPoints: [
    { in: `${root}src/cluster/agent/preload.ts`, out: 'preload' },
    { in: `${root}src/cluster/agent/index.ts`, out: 'agent' },
  ],
  outdir: `${root}dist/src/cluster`,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: true,
  // Half the text to read at each start of a worker; names stay, for stack traces and profiles.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
});
cpSync(`${root}config/scaling-rules.json`, `${root}dist/config/scaling-rules.json`);

// What this build has not written is left over from a source that is gone. A running instance may be using the rest.
for (const entry of readdirSync(`${root}dist`, { recursive: true, withFileTypes: true })) {
  const file = `${entry.parentPath}/${entry.name}`;
  if (entry.isFile() && statSync(file).mtimeMs < startedAtMs - 1_000) rmSync(file);
}
