/** The stores that processes of a test share, each real: the embedded one's process, a Redis, a Redis Cluster. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RemoteState } from '../../../src/scaling/state/embedded/remote-state.ts';
import { StateProcess } from '../../../src/scaling/state/embedded/state-launcher.ts';
import { RedisState } from '../../../src/scaling/state/redis/redis-state.ts';
import type { RedisSettings } from '../../../src/scaling/state/settings.ts';
import type { SharedState } from '../../../src/scaling/state/shared-state.ts';
import { redisAvailable, startRedis, startRedisCluster } from '../../helpers/redis-servers.ts';

/** What a process needs to know to reach a store. */
export type Reach =
  | { readonly kind: 'embedded'; readonly socketPath: string }
  | { readonly kind: 'redis'; readonly settings: RedisSettings };

export interface Backend {
  readonly reach: Reach;
  /** Ends the store's process and starts another in its place. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface BackendKind {
  readonly name: string;
  readonly available: () => boolean;
  readonly start: () => Promise<Backend>;
}

const PREFIX = 'cache-test:';

/** Connected. */
export async function openState(reach: Reach): Promise<SharedState> {
  const state =
    reach.kind === 'embedded'
      ? new RemoteState({ socketPath: reach.socketPath })
      : new RedisState(reach.settings, PREFIX);
  await state.connect();
  return state;
}

export const BACKENDS: readonly BackendKind[] = [
  { name: 'the embedded store', available: () => true, start: startEmbedded },
  { name: 'Redis (redis-server)', available: redisAvailable, start: startSingle },
  { name: 'a Redis Cluster (redis-server, redis-cli)', available: redisAvailable, start: startCluster },
];

async function startEmbedded(): Promise<Backend> {
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-cache-'));
  const socketPath = path.join(directory, 'state.sock');
  const launch = (): StateProcess =>
    new StateProcess({ socketPath, memoryLimitBytes: 64 * 1024 * 1024, log: () => undefined });
  let store = launch();
  await store.start();
  return {
    reach: { kind: 'embedded', socketPath },
    restart: async () => {
      await store.stop();
      store = launch();
      await store.start();
    },
    stop: async () => {
      await store.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function startSingle(): Promise<Backend> {
  const server = await startRedis();
  return {
    reach: redisReach([{ host: server.host, port: server.port }], false),
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
}

async function startCluster(): Promise<Backend> {
  const cluster = await startRedisCluster();
  return {
    reach: redisReach(cluster.nodes, true),
    restart: () => Promise.reject(new Error('a whole cluster is not restarted here')),
    stop: () => cluster.stop(),
  };
}

function redisReach(nodes: RedisSettings['nodes'], cluster: boolean): Reach {
  const settings = { nodes, cluster, password: '', db: 0, tls: false, readReplicas: false, commandTimeoutMs: 1_000 };
  return { kind: 'redis', settings };
}
