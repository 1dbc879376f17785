/** A thousand jobs while their workers are killed at random, on everything that keeps jobs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StateProcess } from '../../src/scaling/state/embedded/state-launcher.ts';
import type { StateSettings } from '../../src/scaling/state/settings.ts';
import { redisAvailable, startRedis, startRedisCluster } from '../helpers/redis-servers.ts';
import { redisSettings } from '../integration/state/jobs-backends.ts';
import { expectAllDoneOnce, killWorkersMeanwhile } from '../integration/state/jobs-killing.ts';

const common = { jobs: 1_000, urgent: 100, workers: 4, seed: 20, pauseMs: [300, 900], timeoutMs: 120_000 } as const;

describe('a thousand jobs whose workers are killed', function () {
  this.timeout(180_000);
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

  it('are all done, each effect once, on the embedded store', async () => {
    expectAllDoneOnce(await killWorkersMeanwhile({ ...common, settings, queue: 'thousand' }), common);
  });

  it('are all done, each effect once, on Redis (needs redis-server)', async function () {
    if (!redisAvailable()) return this.skip();
    const server = await startRedis();
    try {
      const redis = redisSettings([{ host: server.host, port: server.port }], false);
      const report = await killWorkersMeanwhile({ ...common, settings: { ...settings, redis }, queue: 'thousand' });
      expectAllDoneOnce(report, common);
    } finally {
      await server.stop();
    }
  });

  it('are all done, each effect once, on a Redis Cluster (needs redis-server)', async function () {
    if (!redisAvailable()) return this.skip();
    const cluster = await startRedisCluster();
    try {
      const redis = redisSettings(cluster.nodes, true);
      const report = await killWorkersMeanwhile({ ...common, settings: { ...settings, redis }, queue: 'thousand' });
      expectAllDoneOnce(report, common);
    } finally {
      await cluster.stop();
    }
  });
});
