// Redis: a snapshot of each master as one moment left it (redis-cli --rdb, as a replica gets it). Moments of different masters differ by
// the time that the copies take; keys that belong together share a slot, and so a master. Restored key by key, so that the cluster may
// have other nodes than it had.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { allDone } from './all-done.mjs';
import { outputOf } from './programs.mjs';
import { seal, unseal } from './sealed-file.mjs';
import { BackupError } from './settings.mjs';

const SCAN_COUNT = 500;
const LOAD_DEADLINE_MS = 300_000;
const ALL_SLOTS = 16_384;

function cli(settings, { host, port }, ...args) {
  const env = { ...process.env, ...(settings.password && { REDISCLI_AUTH: settings.password }) };
  return outputOf('redis-cli', ['--no-auth-warning', '-h', host, '-p', String(port), ...args], env);
}

/** The answer to a command. redis-cli ends with 0 for an answer that is an error, too. */
async function answerOf(settings, node, pattern, ...command) {
  const answer = (await cli(settings, node, ...command)).trim();
  if (pattern.test(answer)) return answer;
  throw new BackupError('REDIS_REFUSED', `${node.host}:${node.port} answers ${command.join(' ')} with ${answer}`);
}

/** How many slots a line of CLUSTER NODES gives to its node: `0-5460 5470 [5471->-…]`, what is moved being still its own. */
function slotCount(words) {
  return words.reduce((total, word) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(word) ?? [];
    return first === undefined ? total : total + Number(last) - Number(first) + 1;
  }, 0);
}

/**
 * The masters that own slots; the first node that answers says which.
 * @throws BackupError REDIS_UNREACHABLE, also where slots have no master that lives: what is in them would be missing
 */
export async function mastersOf(settings) {
  if (!settings.cluster) return settings.nodes;
  const problems = [];
  for (const node of settings.nodes) {
    try {
      const lines = (await cli(settings, node, 'CLUSTER', 'NODES')).split('\n');
      const owners = lines
        .map((line) => line.trim().split(' '))
        .filter((words) => words[2]?.includes('master') && !words[2].includes('fail') && words.length > 8);
      const slots = owners.reduce((total, words) => total + slotCount(words.slice(8)), 0);
      if (slots === ALL_SLOTS)
        return owners.map(([, address]) => {
          const [place] = address.split('@');
          const colon = place.lastIndexOf(':');
          return { host: place.slice(0, colon) || node.host, port: Number(place.slice(colon + 1)) };
        });
      const first = lines[0].trim().slice(0, 80);
      problems.push(
        `${node.host}:${node.port} knows living masters of ${slots} slots of ${ALL_SLOTS}${owners.length > 0 ? '' : ` (${first})`}`,
      );
    } catch (error) {
      problems.push(`${node.host}:${node.port}: ${error.message}`);
    }
  }
  throw new BackupError('REDIS_UNREACHABLE', problems.join('; '));
}

/** One sealed file for each master. */
export async function dumpRedis(settings, fileOf, keys) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'tidegate-rdb-'));
  try {
    const masters = await mastersOf(settings);
    // All at once: the moments of the masters lie as near to each other as can be.
    return await allDone(
      masters.map(async (node, index) => {
        const rdb = path.join(scratch, `${index}.rdb`);
        await cli(settings, node, '--rdb', rdb);
        const { name, file } = fileOf(index);
        return { name, ...(await seal(createReadStream(rdb), file, keys)) };
      }),
    );
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

export async function keyCountOf(settings) {
  const masters = await mastersOf(settings);
  const counts = await Promise.all(masters.map((node) => answerOf(settings, node, /^(\(integer\) )?\d+$/, 'DBSIZE')));
  return counts.reduce((total, text) => total + Number(text.replace(/^\(integer\) /, '')), 0);
}

/** Puts the keys of the snapshots in the place of all that is there. */
export async function restoreRedis(settings, files, keys) {
  // What is there goes only where something can take its place.
  await outputOf('redis-server', ['--version']);
  for (const node of await mastersOf(settings)) await answerOf(settings, node, /^OK$/, 'FLUSHALL', 'SYNC');
  const options = { password: settings.password || undefined, enableAutoPipelining: true };
  const target = settings.cluster
    ? new Cluster(settings.nodes, { redisOptions: options, enableAutoPipelining: true })
    : new Redis({ ...settings.nodes[0], ...options });
  try {
    let restored = 0;
    for (const file of files) restored += await copyFile(file, keys, target);
    return restored;
  } finally {
    target.disconnect();
  }
}

/** Lets a server of its own read the snapshot, and copies its keys. */
async function copyFile(file, keys, target) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'tidegate-rdb-'));
  const socket = path.join(scratch, 'socket');
  await pipeline(await unseal(file, keys), createWriteStream(path.join(scratch, 'dump.rdb'), { mode: 0o600 }));
  const args = ['--port', '0', '--unixsocket', socket, '--dir', scratch, '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  const ended = once(server, 'exit');
  let source;
  try {
    source = await connected(server, socket);
    let copied = 0;
    for await (const names of source.scanBufferStream({ count: SCAN_COUNT }))
      copied += await copyKeys(names, source, target);
    return copied;
  } finally {
    source?.disconnect();
    server.kill('SIGKILL');
    await ended.catch(() => {});
    rmSync(scratch, { recursive: true });
  }
}

async function copyKeys(names, source, target) {
  const copied = await Promise.all(
    names.map(async (name) => {
      const [content, ttlMs] = await Promise.all([source.dumpBuffer(name), source.pttl(name)]);
      // It has expired since the backup.
      if (content === null || ttlMs === -2) return 0;
      await target.restore(name, Math.max(ttlMs, 0), content, 'REPLACE');
      return 1;
    }),
  );
  return copied.reduce((total, count) => total + count, 0);
}

/** Waits until it has read its file. */
async function connected(server, socket) {
  const deadlineMs = Date.now() + LOAD_DEADLINE_MS;
  server.once('error', () => {});
  while (!existsSync(socket)) {
    if (server.exitCode !== null || server.pid === undefined)
      throw new BackupError('PROGRAM_FAILED', 'redis-server could not read a snapshot, or is not installed');
    if (Date.now() > deadlineMs) throw new BackupError('PROGRAM_FAILED', 'redis-server does not start');
    await pause(20);
  }
  // ioredis waits by itself while a server is loading.
  return new Redis({ path: socket, enableAutoPipelining: true });
}
