import { expect } from 'chai';
import { DrainReceipts } from '../../../src/cluster/drain-receipts.ts';
import type { DrainCounts } from '../../../src/ipc/protocol.ts';
import { FakeWorker } from './fixtures/fake-worker.ts';

const COUNTS: DrainCounts = {
  openAtStart: 9,
  acceptedSince: 1,
  finished: 2,
  moved: 5,
  closedByClient: 2,
  cut: 1,
  requestsInFlightAtStart: 3,
  websocketsClosed: 1,
};

describe('drain receipts', () => {
  it('hold what the worker counted, when it left, and how', () => {
    const worker = new FakeWorker(4, { slot: 1 });
    worker.drainedCounts = COUNTS;
    worker.drainStartedAtMs = 1_000;
    const receipts = new DrainReceipts();
    const receipt = receipts.add(worker.asHandle, 'reload', { code: null, signal: 'SIGTERM' }, 3_500);
    expect(receipt).to.deep.equal({
      workerId: 4,
      slot: 1,
      pid: 10_004,
      reason: 'reload',
      startedAtMs: 1_000,
      durationMs: 2_500,
      ...COUNTS,
      exit: { code: null, signal: 'SIGTERM' },
    });
    expect(receipts.all()).to.deep.equal([receipt]);
  });

  it('of a worker that could not say count all it had open last as cut', () => {
    const worker = new FakeWorker(1);
    worker.load.active = 7;
    worker.load.inFlight = 2;
    const receipt = new DrainReceipts().add(worker.asHandle, 'hung', { code: null, signal: 'SIGKILL' }, 5_000);
    expect(receipt).to.deep.include({
      startedAtMs: 5_000,
      durationMs: 0,
      openAtStart: 7,
      acceptedSince: 0,
      finished: 0,
      moved: 0,
      closedByClient: 0,
      cut: 7,
      requestsInFlightAtStart: 2,
    });
  });

  it('add up: open at start and accepted since are in one of four heaps', () => {
    const told = new FakeWorker(1);
    told.drainedCounts = COUNTS;
    const silent = new FakeWorker(2);
    silent.load.active = 3;
    const receipts = new DrainReceipts();
    for (const worker of [told, silent]) receipts.add(worker.asHandle, 'restart', { code: 0, signal: null }, 0);
    for (const { openAtStart, acceptedSince, finished, moved, closedByClient, cut } of receipts.all()) {
      expect(openAtStart + acceptedSince).to.equal(finished + moved + closedByClient + cut);
    }
  });

  it('are the last fifty, newest first', () => {
    const receipts = new DrainReceipts();
    for (let id = 1; id <= 60; id += 1) {
      receipts.add(new FakeWorker(id).asHandle, 'scale-down', { code: 0, signal: null }, id);
    }
    const ids = receipts.all().map(({ workerId }) => workerId);
    expect(ids).to.have.length(50);
    expect([ids[0], ids[49]]).to.deep.equal([60, 11]);
  });
});
