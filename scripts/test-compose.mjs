// Runs test/compose against a Docker engine: the one that answers here, or, for root on Debian with dockerd, ip and debootstrap, one of its
// own in a network namespace, with images made of Debian packages (test/compose/stand-ins). Without either it says what is missing.
//   node scripts/test-compose.mjs [directory of the build, dist] [options of mocha]
// TIDEGATE_COMPOSE_CACHE keeps the stand-ins' root file system; TIDEGATE_IMAGE is an image of the app that need not be built.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [build = 'dist', ...mochaOptions] = process.argv.slice(2);
const dist = path.resolve(root, build);
const cache = process.env.TIDEGATE_COMPOSE_CACHE || path.join(tmpdir(), 'tidegate-compose');
/** Grafana, Elasticsearch and Kibana are in no Debian. */
const STAND_IN_SERVICES =
  'app migrate haproxy postgres-replica prometheus alertmanager redis-exporter postgres-exporter';
const ENGINE_START_MS = 30_000;

const works = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const present = (name) => works('sh', '-c', `command -v ${name}`);

const composeCommand = works('docker', 'compose', 'version')
  ? 'docker compose'
  : present('docker-compose')
    ? 'docker-compose'
    : undefined;
const missing = [
  ...(composeCommand === undefined ? ['docker compose'] : []),
  ...['dockerd', 'ip', 'nsenter', 'debootstrap'].filter((name) => !present(name)),
  ...(process.getuid?.() === 0 ? [] : ['root']),
];

if (composeCommand !== undefined && works('docker', 'info')) {
  process.exitCode = await withEngine();
} else if (missing.length === 0) {
  process.exitCode = await withOwnEngine();
} else {
  process.stdout.write(
    `test:compose skipped: no Docker engine answers, and for one of its own it lacks ${missing.join(', ')}\n`,
  );
}

/** The engine that is here; what it lacks it pulls. */
async function withEngine() {
  const image = process.env.TIDEGATE_IMAGE ?? 'tidegate:local';
  if (process.env.TIDEGATE_IMAGE === undefined) {
    step('docker', ['build', '--target', 'app', '-t', image, root]);
    step('docker', ['build', '--target', 'backup', '-t', 'tidegate-backup:local', root]);
  }
  return tests([], { TIDEGATE_IMAGE: image });
}

async function withOwnEngine() {
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-docker-'));
  const namespace = path.basename(directory).slice(0, 30);
  const engines = [];
  try {
    step('ip', ['netns', 'add', namespace]);
    step('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
    const inside = [`--net=/run/netns/${namespace}`];
    const engine = await startEngine(path.join(directory, 'engine'), engines, 'nsenter', [...inside, 'dockerd']);
    await bringImages(engine, directory, engines);
    return await tests(['nsenter', ...inside], {
      DOCKER_HOST: engine,
      TIDEGATE_COMPOSE_SERVICES: STAND_IN_SERVICES,
      TIDEGATE_IMAGE: 'tidegate:local',
    });
  } finally {
    for (const child of engines) await ended(child);
    spawnSync('ip', ['netns', 'delete', namespace]);
    // Removed by an engine that was killed half-way: what it has mounted stands in the way.
    spawnSync('sh', ['-c', `grep -o ' ${directory}[^ ]*' /proc/mounts | sort -r | xargs -r -n1 umount -l`]);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Stand-ins for the images of the registry, and the two of the Dockerfile. */
async function bringImages(engine, directory, engines) {
  mkdirSync(cache, { recursive: true });
  // The engine in the namespace reaches nobody; packages of npm are got by one that shares the machine's network, and has no bridge.
  const flags = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'];
  const builder = await startEngine(path.join(directory, 'builder'), engines, 'dockerd', flags);
  const env = { DOCKER_HOST: builder, DOCKER_BUILDKIT: '0' };
  step('bash', [`${root}test/compose/stand-ins/build.sh`, cache, process.execPath], env);
  for (const [target, name] of [
    ['app', 'tidegate:local'],
    ['backup', 'tidegate-backup:local'],
  ])
    step('docker', ['build', '--network=host', '--target', target, '-t', name, root], env);
  step(
    'sh',
    [
      '-c',
      `docker save $(docker images --format '{{.Repository}}:{{.Tag}}' | grep -v none) | docker -H ${engine} load`,
    ],
    env,
  );
  await ended(engines.pop());
}

async function startEngine(directory, engines, command, args) {
  mkdirSync(directory, { recursive: true });
  const address = `unix://${directory}/docker.sock`;
  const places = ['--data-root', `${directory}/data`, '--exec-root', `${directory}/exec`, '-p', `${directory}/pid`];
  const child = spawn(command, [...args, ...places, '-H', address], {
    stdio: ['ignore', 'ignore', 'ignore'],
    detached: true,
  });
  engines.push(child);
  const deadlineMs = Date.now() + ENGINE_START_MS;
  while (!works('docker', '-H', address, 'info')) {
    if (child.exitCode !== null || Date.now() > deadlineMs)
      throw new Error('dockerd does not start; run it by hand to see why');
    await pause(200);
  }
  return address;
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await end;
}

async function tests(prefix, env) {
  const mocha = [
    `${root}node_modules/mocha/bin/mocha.js`,
    `${dist}/test/compose/**/*.test.js`,
    '--exit',
    ...mochaOptions,
  ];
  const [command, ...args] = [...prefix, process.execPath, ...mocha];
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env, TIDEGATE_COMPOSE: composeCommand, COMPOSE_DOCKER_CLI_BUILD: '0' },
  });
  return status ?? 1;
}

function step(command, args, env = {}) {
  process.stdout.write(`== ${command} ${args.slice(0, 6).join(' ')}\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed: ${error?.message ?? `exit ${status}`}`);
}
