// The whole test run: set-up, lint, import rules, types and build, then unit, integration and end-to-end tests with coverage.
// Prints totals at the end; exits non-zero when anything failed.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => `${root}node_modules/.bin/${name}`;

function step(title, command, args) {
  const startedAtMs = Date.now();
  process.stdout.write(`\n== ${title}\n`);
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  process.stdout.write(
    `== ${title}: ${status === 0 ? 'ok' : `failed (${signal ?? status})`} in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s\n`,
  );
  return status === 0;
}

/** The built decisions too: there, an import of a type is gone. */
const IMPORTERS = ['config', 'src', 'start-scaling.ts', 'dist/src/scaling'];

const checks = [
  ['set-up of test servers', 'bash', ['scripts/setup-test-servers.sh']],
  ['lint and format', bin('biome'), ['ci', '.']],
  ['types and build', process.execPath, ['scripts/build.mjs']],
  ['import rules', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', ...IMPORTERS]],
];
for (const [title, command, args] of checks) if (!step(title, command, args)) process.exit(1);

const tested = step('tests', bin('c8'), [
  '--config',
  '.c8rc.json',
  process.execPath,
  'scripts/test-suites.mjs',
  ...process.argv.slice(2),
]);
process.exit(tested ? 0 : 1);
