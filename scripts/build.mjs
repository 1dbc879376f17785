// Compiles everything to dist/, and the agent once more as the single CommonJS file that workers preload:
// an ESM preload would cost each worker 11 % of its start.
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', root], { stdio: 'inherit' });
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
await build({
  entryPoints: [`${root}src/cluster/agent/index.ts`],
  outfile: `${root}dist/src/cluster/agent.cjs`,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
});
cpSync(`${root}config/scaling-rules.json`, `${root}dist/config/scaling-rules.json`);
