// A Docker engine of one's own for root on Debian, where none answers and no image can be pulled: in a network namespace, with images
// made of Debian packages. Its data stays in a cache, so that a second run is ready in seconds.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { present, say, step, works } from './progress.mjs';

const START_MS = 60_000;
/** One of the stand-ins, made last: where it is, all are. */
const LAST_STAND_IN = 'quay.io/prometheuscommunity/postgres-exporter:v0.15.0';
/** Only packages of npm are got from outside, by the machine's own network: no bridge is needed for that. */
const BUILDER_FLAGS = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'];

/** What an engine of one's own lacks here. */
export function missingForOwnEngine() {
  return [
    ...['dockerd', 'ip', 'nsenter', 'debootstrap'].filter((name) => !present(name)),
    ...(process.getuid?.() === 0 ? [] : ['root']),
  ];
}

/**
 * Starts it, with images, has `use` run, and ends it.
 * @template T
 * @param {string} root of the checkout
 * @param {string} cache
 * @param {(engine: { readonly host: string, readonly prefix: readonly string[] }) => Promise<T>} use
 *   `prefix` is to be put before a command that is to reach the containers
 * @returns {Promise<T>}
 */
export async function withOwnEngine(root, cache, use) {
  const directory = path.join(cache, 'docker');
  const namespace = `tidegate-${process.pid}`;
  mkdirSync(directory, { recursive: true });
  let engine;
  try {
    say('starts a Docker engine that can build');
    engine = await startEngine(directory, 'dockerd', BUILDER_FLAGS);
    buildImages(root, cache, `unix://${directory}/docker.sock`);
    await ended(engine);
    say('starts a Docker engine in a network namespace');
    step('makes the namespace', 'ip', ['netns', 'add', namespace]);
    step('sets its loopback up', 'ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
    const prefix = ['nsenter', `--net=/run/netns/${namespace}`];
    const [command, ...args] = [...prefix, 'dockerd'];
    engine = await startEngine(directory, command, args);
    removeLeftovers(`unix://${directory}/docker.sock`);
    return await use({ host: `unix://${directory}/docker.sock`, prefix });
  } finally {
    if (engine !== undefined) await ended(engine);
    spawnSync('ip', ['netns', 'delete', namespace], { stdio: 'ignore' });
    // What an engine that was killed half-way has mounted.
    spawnSync('sh', ['-c', `grep -o ' ${directory}[^ ]*' /proc/mounts | sort -r | xargs -r -n1 umount -l`]);
  }
}

/** Stand-ins for the images of the registry, and the two of the Dockerfile. */
function buildImages(root, cache, host) {
  const env = { DOCKER_HOST: host, DOCKER_BUILDKIT: '0' };
  if (!works('docker', '-H', host, 'image', 'inspect', LAST_STAND_IN)) {
    const script = path.join(root, 'test/compose/stand-ins/build.sh');
    step('makes stand-ins for the images of the registry; some minutes', 'bash', [script, cache, process.execPath], {
      env,
    });
  }
  for (const [target, image] of [
    ['app', 'tidegate:local'],
    ['backup', 'tidegate-backup:local'],
  ])
    step(`builds ${image}`, 'docker', ['build', '--network=host', '--target', target, '-t', image, root], { env });
}

/** Of a run that was interrupted. Everything on this engine is of such runs. */
function removeLeftovers(host) {
  const script =
    'docker ps -aq | xargs -r docker rm -f && docker volume ls -q | xargs -r docker volume rm -f && docker network prune -f';
  step('removes what an interrupted run has left', 'sh', ['-c', script], { env: { DOCKER_HOST: host } });
}

async function startEngine(directory, command, args) {
  const host = `unix://${directory}/docker.sock`;
  const places = ['--data-root', `${directory}/data`, '--exec-root', `${directory}/exec`, '-p', `${directory}/pid`];
  const child = spawn(command, [...args, ...places, '-H', host], { stdio: 'ignore', detached: true });
  const deadlineMs = Date.now() + START_MS;
  while (!works('docker', '-H', host, 'info')) {
    if (child.exitCode !== null || Date.now() > deadlineMs) {
      await ended(child);
      throw new Error(`dockerd does not start; by hand it says why: ${[command, ...args, ...places].join(' ')}`);
    }
    await pause(200);
  }
  return child;
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await end;
}
