/** Workers are killed at random: every job is done all the same, and its effect is there once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StateProcess } from '../../../src/scaling/state/embedded/state-launcher.ts';
import type { StateSettings } from '../../../src/scaling/state/settings.ts';
import { redisAvailable, startRedis } from '../../helpers/redis-servers.ts';
import { redisSettings } from './jobs-backends.ts';
import { expectAllDoneOnce, killWorkersMeanwhile } from './jobs-killing.ts';

const common = { jobs: 200, urgent: 20, workers: 3, seed: 7, pauseMs: [60, 200], timeoutMs: 25_000 } as const;

describe('jobs whose workers are killed', function () {
  this.timeout(40_000);
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
    expectAllDoneOnce(await killWorkersMeanwhile({ ...common, settings, queue: 'killed' }), common);
  });

  it('are all done, each effect once, on Redis (needs redis-server)', async function () {
    if (!redisAvailable()) return this.skip();
    const server = await startRedis();
    try {
      const redis = redisSettings([{ host: server.host, port: server.port }], false);
      const report = await killWorkersMeanwhile({
        ...{ ...common, settings: { ...settings, redis }, queue: 'killed' },
        // A worker that loads BullMQ takes longer to get going.
        pauseMs: [200, 600],
      });
      expectAllDoneOnce(report, common);
    } finally {
      await server.stop();
    }
  });
});
