// Runs the test files: most of them several at a time, since they mostly wait; then those that must not wait long for a core, two at a
// time; then those that need the machine to themselves. Prints the totals of all as the last line; exits non-zero when anything failed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const mocha = `${root}node_modules/mocha/bin/mocha.js`;

/** They measure shares of a processor. */
const ALONE = /e2e\/(scaling-(load|rules|record)|rebalance|zero-loss-canary)/;
/** They look at how soon something happens. */
const PAIRED = /e2e\/(scaling-|affinity|kill-|zero-loss-receipt|app-browser|start-terminal)/;

const given = process.argv.slice(2);
const files = given.length > 0 ? given : ['unit', 'integration', 'e2e'].flatMap(filesOf);
const alone = files.filter((file) => ALONE.test(file));
const paired = files.filter((file) => PAIRED.test(file) && !ALONE.test(file));
const together = files.filter((file) => !ALONE.test(file) && !PAIRED.test(file));

const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-totals-'));
let failed = false;
const totals = { passed: 0, failed: 0, skipped: 0 };
try {
  run('several at a time', together, ['--parallel', '--jobs', String(availableParallelism() + 2)]);
  run('two at a time', paired, ['--parallel', '--jobs', '2']);
  run('one at a time', alone, []);
} finally {
  rmSync(directory, { recursive: true });
}
process.stdout.write(
  `\n${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}\n`,
);
process.exit(failed ? 1 : 0);

function run(how, suite, options) {
  if (suite.length === 0) return;
  process.stdout.write(`\n-- ${suite.length} test files, ${how}\n`);
  const totalsFile = path.join(directory, `${how}.json`);
  const reporter = ['--reporter', 'dist/test/helpers/totals-reporter.js', '--reporter-option', `totals=${totalsFile}`];
  const { status } = spawnSync(process.execPath, [mocha, ...options, ...reporter, ...suite], {
    cwd: root,
    stdio: 'inherit',
  });
  failed ||= status !== 0;
  try {
    const counted = JSON.parse(readFileSync(totalsFile, 'utf8'));
    for (const [outcome, count] of Object.entries(counted)) totals[outcome] += count;
  } catch {
    failed = true;
    process.stdout.write(`-- the files that run ${how} came to no end\n`);
  }
}

function filesOf(suite) {
  const directory = `dist/test/${suite}`;
  return readdirSync(path.join(root, directory), { recursive: true })
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => path.join(directory, file))
    .sort();
}
