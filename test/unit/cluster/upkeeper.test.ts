import { expect } from 'chai';
import { Upkeeper } from '../../../src/cluster/upkeeper.ts';
import { WorkerPool } from '../../../src/cluster/worker-pool.ts';
import { testConfig } from '../../helpers/management-services.ts';
import { sample } from '../scaling/fixtures/cluster-fixtures.ts';
import { FakeWorker } from './fixtures/fake-worker.ts';

const LIMIT_BYTES = 100;

describe('the upkeep of workers', () => {
  let startMs: number;
  let mayReplace: boolean;
  let told: string[];
  let worker: FakeWorker & { startedAtMs: number };
  let pool: WorkerPool;
  let upkeeper: Upkeeper;

  beforeEach(() => {
    startMs = Date.now();
    mayReplace = true;
    told = [];
    worker = Object.assign(new FakeWorker(1), {
      startedAtMs: startMs,
      lastHeardAtMs: startMs,
      kill: (reason: string) => void told.push(`kill ${reason}`),
      declareReady: () => void told.push('declare ready'),
    });
    pool = new WorkerPool();
    pool.add(worker.asHandle);
    upkeeper = new Upkeeper({
      config: testConfig({ listenTimeoutMs: 2_000, hungTimeoutMs: 2_500, maxMemoryRestartBytes: LIMIT_BYTES }),
      pool,
      events: {
        log: (level, message) => void told.push(`${level}: ${message}`),
        onChange: () => {},
        onLeave: () => {},
        onStartFailed: () => {},
      },
      recycle: async ({ id }) => {
        told.push(`recycle ${id}`);
        throw new Error('no room');
      },
      mayReplace: () => mayReplace,
    });
  });

  it('kills a worker that is silent for too long', () => {
    expect(upkeeper.look(true, startMs + 2_000)).to.equal(true);
    upkeeper.look(true, startMs + 2_500);
    expect(told).to.deep.equal(['error: worker 1 is killed: hung', 'kill hung']);
  });

  it('says nothing of workers when it comes late itself, and gives them their time again', () => {
    expect(upkeeper.look(true, startMs + 60_000)).to.equal(false);
    expect(upkeeper.look(true, startMs + 62_000)).to.equal(true);
    expect(told).to.deep.equal([]);
  });

  it('kills a worker that does not listen in time where the app is known to, else lets it run', () => {
    worker.become('starting');
    upkeeper.look(true, startMs + 2_000);
    upkeeper.look(false, startMs + 2_000);
    expect(told).to.deep.equal([
      'error: worker 1 is killed: start-timeout',
      'kill start-timeout',
      'warn: worker 1 runs but does not listen: it is supervised, not balanced',
      'declare ready',
    ]);
  });

  it('has a worker above its memory limit replaced, and tells when that fails', async () => {
    worker.sample = sample({ rssBytes: LIMIT_BYTES + 1 });
    upkeeper.look(true, startMs + 1_000);
    await new Promise(setImmediate);
    expect(told).to.deep.equal([
      'warn: worker 1 is above its memory limit',
      'recycle 1',
      'error: worker 1 could not be recycled: no room',
    ]);
  });

  it('says nothing of a worker above its limit that is being replaced, or may not be', () => {
    worker.sample = sample({ rssBytes: LIMIT_BYTES + 1 });
    mayReplace = false;
    upkeeper.look(true, startMs + 1_000);
    mayReplace = true;
    pool.add(Object.assign(new FakeWorker(2, { slot: worker.slot }), { lastHeardAtMs: startMs }).asHandle);
    upkeeper.look(true, startMs + 1_000);
    expect(told).to.deep.equal([]);
  });
});
