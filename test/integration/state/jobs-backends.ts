/** The places jobs can be kept in, as tests open them. */

import { LocalState } from '../../../src/scaling/state/embedded/local-state.ts';
import { jobBoardModule } from '../../../src/scaling/state/jobs/embedded/job-board-module.ts';
import type { JobsConnection } from '../../../src/scaling/state/jobs/index.ts';
import type { RedisSettings } from '../../../src/scaling/state/settings.ts';
import { redisAvailable, startRedis, startRedisCluster } from '../../helpers/redis-servers.ts';

export interface JobsBackend {
  readonly connection: JobsConnection;
  close(): Promise<void>;
}

export interface BackendKind {
  readonly name: string;
  /** The programs it needs are there. */
  available(): boolean;
  start(): Promise<JobsBackend>;
}

export function redisSettings(nodes: RedisSettings['nodes'], cluster: boolean): RedisSettings {
  return { nodes, cluster, password: '', db: 0, tls: false, readReplicas: false, commandTimeoutMs: 3_000 };
}

const embedded: BackendKind = {
  name: 'the embedded store',
  available: () => true,
  start: async () => {
    const store = new LocalState({ memoryLimitBytes: 16 * 1024 * 1024, modules: [jobBoardModule] });
    return { connection: { driver: 'embedded', store: async () => store }, close: () => store.close() };
  },
};

const single: BackendKind = {
  name: 'Redis (needs redis-server)',
  available: redisAvailable,
  start: async () => {
    const server = await startRedis({ settings: { 'maxmemory-policy': 'volatile-lru' } });
    const redis = redisSettings([{ host: server.host, port: server.port }], false);
    return { connection: { driver: 'redis', redis, keyPrefix: 'tidegate:' }, close: () => server.stop() };
  },
};

const cluster: BackendKind = {
  name: 'a Redis Cluster (needs redis-server)',
  available: redisAvailable,
  start: async () => {
    const servers = await startRedisCluster();
    const redis = redisSettings(servers.nodes, true);
    return { connection: { driver: 'redis', redis, keyPrefix: 'tidegate:' }, close: () => servers.stop() };
  },
};

export const BACKENDS: readonly BackendKind[] = [embedded, single, cluster];
