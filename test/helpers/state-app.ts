/** test/apps/state-app.mjs under the runtime, and its users. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { processesOf } from './processes.ts';
import type { RedisServer } from './redis-server.ts';
import type { RedisCluster } from './redis-servers.ts';
import { fixture, Runtime, type RuntimeOptions, until } from './runtime.ts';

/** Of this build; an app outside of it imports `tidegate/state`. */
export const STATE_MODULE = new URL('../../src/scaling/state/index.js', import.meta.url).href;

export interface StateAppOptions extends RuntimeOptions {
  readonly workers?: number;
}

/** Starts the app with workers that stay as many as they are. */
export function startStateApp({
  workers = 4,
  env = {},
  args = [],
  ...options
}: StateAppOptions = {}): Promise<Runtime> {
  return Runtime.start(fixture('state-app.mjs'), {
    ...options,
    args: ['--instances', String(workers), ...args],
    env: { STATE_MODULE, AUTO_SCALING_ENABLED: 'false', CONNECTION_MOVES: 'false', CANARY_MS: '300', ...env },
  });
}

export function onRedis({ port }: RedisServer): Record<string, string> {
  return { REDIS_ENABLED: 'true', REDIS_PORT: String(port) };
}

export function onCluster({ nodes }: RedisCluster): Record<string, string> {
  return {
    REDIS_ENABLED: 'true',
    REDIS_CLUSTER_ENABLED: 'true',
    REDIS_CLUSTER_NODES: nodes.map(({ host, port }) => `${host}:${port}`).join(','),
  };
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: IncomingMessage['headers'];
  readonly tookMs: number;
}

export interface AskOptions {
  readonly agent: http.Agent;
  readonly method?: string;
  readonly body?: unknown;
  readonly cookie?: string;
}

/** One request over one of `agent`'s connections. @throws what the connection says when it breaks */
export function ask<T>(runtime: Runtime, path: string, options: AskOptions): Promise<Answer<T>> {
  const { agent, body, cookie, method = body === undefined ? 'GET' : 'POST' } = options;
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(cookie !== undefined && { cookie }),
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    const request = http.request({ host: '127.0.0.1', port: runtime.port, path, method, agent, headers });
    request.on('error', reject).on('response', (response) => {
      let answer = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk) => {
          answer += chunk;
        })
        .on('error', reject)
        .on('end', () => {
          const { statusCode: status = 0, headers: answered } = response;
          resolve({ status, body: JSON.parse(answer) as T, headers: answered, tookMs: performance.now() - startedMs });
        });
    });
    request.end(text);
  });
}

/** A worker, and a keep-alive connection that ends there. */
export interface Reached {
  readonly runtime: Runtime;
  readonly pid: number;
  readonly agent: http.Agent;
}

/** Opens connections until each of the workers has one; whoever called closes them. */
export async function reachWorkers(runtime: Runtime, workers: number): Promise<readonly Reached[]> {
  const reached = new Map<number, Reached>();
  await until(`a connection to each of ${workers} workers`, async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const { pid } = (await ask<{ pid: number }>(runtime, '/', { agent })).body;
    if (reached.has(pid)) agent.destroy();
    else reached.set(pid, { runtime, pid, agent });
    return reached.size === workers;
  });
  return [...reached.values()];
}

export function letGo(reached: readonly Reached[]): void {
  for (const { agent } of reached) agent.destroy();
}

/** A WebSocket of the app, heard once it is subscribed. */
export interface Chatter {
  readonly socket: WebSocket;
  readonly pid: number;
  readonly heard: number[];
}

/** Hears the channel `on`, speaks on the channel `to`: numbers. */
export async function chatter(runtime: Runtime, on: string, to: string): Promise<Chatter> {
  const socket = new WebSocket(`ws://127.0.0.1:${runtime.port}/?on=${on}&to=${to}`);
  const [hello] = (await once(socket, 'message')) as [Buffer];
  const heard: number[] = [];
  socket.on('message', (text) => heard.push(Number(text)));
  return { socket, pid: (JSON.parse(hello.toString()) as { pid: number }).pid, heard };
}

/** Two who talk to each other, on different workers. */
export async function chatters(first: Runtime, second: Runtime): Promise<readonly [Chatter, Chatter]> {
  const one = await chatter(first, 'for-one', 'for-two');
  for (;;) {
    const two = await chatter(second, 'for-two', 'for-one');
    if (two.pid !== one.pid) return [one, two];
    two.socket.terminate();
  }
}

/** Most that one has said and the other has not heard yet: more than that at once is no talk but a flood. */
const UNHEARD_LIMIT = 200;

/** Each says the numbers up to `count`; resolves when both have heard all, in whatever order. */
export async function talk(pair: readonly [Chatter, Chatter], count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    for (const { socket } of pair) socket.send(String(number));
    if (number % UNHEARD_LIMIT !== 0) continue;
    await until(`message ${number}`, () => pair.every(({ heard }) => heard.length > number - UNHEARD_LIMIT));
  }
  await until('the last message', () => pair.every(({ heard }) => heard.length >= count));
}

/** A metric of the runtime, summed over its labels. */
export async function metricOf(runtime: Runtime, name: string): Promise<number> {
  const text = await (await fetch(`${runtime.controlUrl}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** The process that keeps the embedded store. */
export function storeOf(runtime: Runtime): number {
  const store = processesOf(runtime.directory).find((pid) => argumentsOf(pid).includes('state-process'));
  if (store === undefined) throw new Error('no store runs');
  return store;
}

function argumentsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return ''; // it has ended since
  }
}

/** SIGTERM; then the runtime must have ended well, and nothing of it may be left. */
export async function endWell(runtime: Runtime | undefined): Promise<void> {
  if (runtime === undefined) return;
  const ended = await runtime.stop();
  const left = processesOf(runtime.directory);
  if (ended.code !== 0 || left.length > 0) {
    throw new Error(`ended with ${JSON.stringify(ended)}, left over are ${left.join()}\n${runtime.output}`);
  }
}

/** Of times in milliseconds, to a tenth. */
export interface Figures {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export function figures(times: readonly number[]): Figures {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 10) / 10;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
