/** Jobs whose workers are killed at random, on everything that keeps jobs: every job is done all the same, and its effect is there once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StateProcess } from '../../../src/scaling/state/embedded/state-launcher.ts';
import type { RedisSettings, StateSettings } from '../../../src/scaling/state/settings.ts';
import { redisAvailable, startRedis, startRedisCluster } from '../../helpers/redis-servers.ts';
import { redisSettings } from './jobs-backends.ts';
import { expectAllDoneOnce, type KillingOptions, killWorkersMeanwhile } from './jobs-killing.ts';

type Orders = Omit<KillingOptions, 'settings' | 'queue'>;

export function describeKilledWorkers(options: {
  readonly title: string;
  readonly orders: Orders;
  /** A worker that loads BullMQ takes longer to get going. */
  readonly redisPauseMs: KillingOptions['pauseMs'];
  readonly onCluster: boolean;
  readonly limitMs: number;
}): void {
  const { title, orders, redisPauseMs, onCluster, limitMs } = options;

  describe(title, function () {
    this.timeout(limitMs);
    let directory: string;
    let store: StateProcess;
    let settings: StateSettings;

    before(async () => {
      directory = mkdtempSync(path.join(tmpdir(), 'tidegate-jobs-'));
      const socketPath = path.join(directory, 'state.sock');
      const memoryLimitBytes = 32 * 1024 * 1024;
      store = new StateProcess({ socketPath, memoryLimitBytes, log: () => {} });
      await store.start();
      settings = { socketPath, redis: null, keyPrefix: 'tidegate:', memoryLimitBytes };
    });

    after(async () => {
      await store.stop();
      rmSync(directory, { recursive: true });
    });

    async function expectAllOnRedis(nodes: RedisSettings['nodes'], isCluster: boolean): Promise<void> {
      const redis = redisSettings(nodes, isCluster);
      const onRedis = { ...orders, pauseMs: redisPauseMs, settings: { ...settings, redis }, queue: 'killed' };
      expectAllDoneOnce(await killWorkersMeanwhile(onRedis), orders);
    }

    it('are all done, each effect once, on the embedded store', async () => {
      expectAllDoneOnce(await killWorkersMeanwhile({ ...orders, settings, queue: 'killed' }), orders);
    });

    it('are all done, each effect once, on Redis (needs redis-server)', async function () {
      if (!redisAvailable()) return this.skip();
      const server = await startRedis();
      try {
        await expectAllOnRedis([{ host: server.host, port: server.port }], false);
      } finally {
        await server.stop();
      }
    });

    if (!onCluster) return;
    it('are all done, each effect once, on a Redis Cluster (needs redis-server)', async function () {
      if (!redisAvailable()) return this.skip();
      const cluster = await startRedisCluster();
      try {
        await expectAllOnRedis(cluster.nodes, true);
      } finally {
        await cluster.stop();
      }
    });
  });
}
