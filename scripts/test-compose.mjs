// Runs test/compose against a Docker engine: the one that answers here, or one of its own (scripts/compose/own-engine.mjs). Without either
// it says what is missing.
//   node scripts/test-compose.mjs [--only e | --only a,b] [--dist DIRECTORY]
// Steps: a up and served, b faults, c dashboards, d backup, e scaling, f image. TIDEGATE_COMPOSE_CACHE keeps what an own engine needs;
// TIDEGATE_IMAGE is an image of the app that need not be built; TIDEGATE_COMPOSE_FIGURES is a file that figures are appended to.
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { missingForOwnEngine, withOwnEngine } from './compose/own-engine.mjs';
import { present, say, step, works } from './compose/progress.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const STEPS = ['a', 'b', 'c', 'd', 'e', 'f'];
/** Grafana, Elasticsearch and Kibana are in no Debian. */
const STAND_IN_SERVICES =
  'app scaler migrate haproxy postgres-replica prometheus alertmanager redis-exporter postgres-exporter';
const EXIT_USAGE = 2;

const { values } = parseArgs({ options: { only: { type: 'string' }, dist: { type: 'string', default: 'dist' } } });
const steps = values.only?.split(',') ?? STEPS;
const unknown = steps.filter((name) => !STEPS.includes(name));
const composeCommand = works('docker', 'compose', 'version')
  ? 'docker compose'
  : present('docker-compose')
    ? 'docker-compose'
    : undefined;
const missing = [...(composeCommand === undefined ? ['docker compose'] : []), ...missingForOwnEngine()];

if (unknown.length > 0) {
  process.stderr.write(`--only: ${unknown.join(', ')} is no step; steps are ${STEPS.join(', ')}\n`);
  process.exitCode = EXIT_USAGE;
} else if (composeCommand !== undefined && works('docker', 'info')) {
  process.exitCode = testsOnEngineHere();
} else if (missing.length === 0) {
  const cache = process.env.TIDEGATE_COMPOSE_CACHE || path.join(tmpdir(), 'tidegate-compose');
  process.exitCode = await withOwnEngine(root, cache, ({ host, prefix }) =>
    Promise.resolve(tests(prefix, { DOCKER_HOST: host, TIDEGATE_COMPOSE_SERVICES: STAND_IN_SERVICES })),
  );
} else {
  process.stdout.write(
    `test:compose skipped: no Docker engine answers, and for one of its own it lacks ${missing.join(', ')}\n`,
  );
}

/** What the engine lacks it pulls. */
function testsOnEngineHere() {
  const image = process.env.TIDEGATE_IMAGE ?? 'tidegate:local';
  if (process.env.TIDEGATE_IMAGE === undefined) {
    step(`builds ${image}`, 'docker', ['build', '--target', 'app', '-t', image, root]);
    step('builds tidegate-backup:local', 'docker', [
      'build',
      '--target',
      'backup',
      '-t',
      'tidegate-backup:local',
      root,
    ]);
  }
  return tests([], { TIDEGATE_IMAGE: image });
}

/** @returns {number} the exit code */
function tests(prefix, env) {
  say(`runs the steps ${steps.join(', ')}`);
  const files = [...steps, 'z'].map((name) => path.resolve(root, values.dist, `test/compose/${name}-*.test.js`));
  const [command, ...args] = [
    ...prefix,
    process.execPath,
    path.join(root, 'node_modules/mocha/bin/mocha.js'),
    '--exit',
    ...files,
  ];
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      TIDEGATE_IMAGE: 'tidegate:local',
      ...env,
      TIDEGATE_COMPOSE: composeCommand,
      COMPOSE_DOCKER_CLI_BUILD: '0',
    },
  });
  say(status === 0 ? 'all steps passed' : 'a step failed');
  return status ?? 1;
}
