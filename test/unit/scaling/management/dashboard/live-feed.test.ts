import { expect } from 'chai';
import fc from 'fast-check';
import type { ClusterStatus, DrainReceipt, WorkerStatus } from '../../../../../src/ipc/status.ts';
import {
  changesOf,
  type LiveState,
  NOTHING_LIVE,
  withFrame,
} from '../../../../../src/scaling/management/dashboard/browser/live-state.ts';
import { LiveFeed } from '../../../../../src/scaling/management/dashboard/live-feed.ts';
import { MemoryServices, STARTED_AT_MS, testSample, testWorker } from '../../../../helpers/management-services.ts';

const LIMITS = { maxMemoryRestartBytes: 100_000_000, minInstances: 1, maxInstances: 10 };

function statusOf(workers: readonly WorkerStatus[], receipts: readonly DrainReceipt[] = []): ClusterStatus {
  return { ...new MemoryServices().state, ready: workers.length, workers, receipts };
}

/** Workers by slot, each with so many requests completed, as of some time after the start. */
function statusAt(elapsedMs: number, requests: readonly number[]): ClusterStatus {
  return statusOf(
    requests.map((count, slot) => ({
      ...testWorker(slot),
      sample: testSample(count),
      sampleAtMs: STARTED_AT_MS + elapsedMs,
    })),
  );
}

describe('the frames of the event stream', () => {
  it('say everything at first, and then only what is different', () => {
    const feed = new LiveFeed(LIMITS);
    const first = feed.next(statusAt(0, [100, 100]), STARTED_AT_MS);
    expect(first.workers.map(({ id }) => id)).to.deep.equal([1, 2]);
    expect(first.cluster).to.include({ name: 'shop', desired: 2, rate: null, memoryLimitBytes: 100_000_000 });
    const second = feed.next(statusAt(1_000, [160, 100]), STARTED_AT_MS + 1_000);
    expect(second.cluster).to.deep.equal({ rate: 60, errorRatio: 0, p50Ms: 3.58, p95Ms: 3.96, p99Ms: 3.99 });
    expect(second.workers).to.deep.equal([
      { id: 1, sampleAtMs: STARTED_AT_MS + 1_000, rate: 60, errorRate: 0 },
      { id: 2, sampleAtMs: STARTED_AT_MS + 1_000, rate: 0, errorRate: 0 },
    ]);
    expect(feed.next(statusAt(1_000, [160, 100]), STARTED_AT_MS + 1_500)).to.deep.include({ cluster: {}, workers: [] });
  });

  it('do not count the past of a worker that is seen for the first time', () => {
    const feed = new LiveFeed(LIMITS);
    feed.next(statusAt(0, [0]), STARTED_AT_MS);
    expect(feed.next(statusAt(1_000, [10, 5_000]), STARTED_AT_MS + 1_000).cluster.rate).to.equal(10);
  });

  it('keep a rate while no new sample comes, and let percentiles go after ten seconds without requests', () => {
    const feed = new LiveFeed(LIMITS);
    feed.next(statusAt(0, [0]), STARTED_AT_MS);
    feed.next(statusAt(1_000, [50]), STARTED_AT_MS + 1_000);
    feed.next(statusAt(1_000, [50]), STARTED_AT_MS + 1_500);
    expect(feed.whole(STARTED_AT_MS + 1_500).cluster).to.include({ rate: 50, p95Ms: 3.96 });
    feed.next(statusAt(12_000, [50]), STARTED_AT_MS + 12_000);
    expect(feed.whole(STARTED_AT_MS + 12_000).cluster).to.include({ rate: 0, p95Ms: null, errorRatio: null });
  });

  it('name the workers that have left, and tell each drain receipt once', () => {
    const receipt = { workerId: 2, slot: 1, startedAtMs: STARTED_AT_MS, cut: 0 } as DrainReceipt;
    const feed = new LiveFeed(LIMITS);
    feed.next(statusOf([testWorker(0), testWorker(1)]), STARTED_AT_MS);
    const frame = feed.next(statusOf([testWorker(0)], [receipt]), STARTED_AT_MS + 10);
    expect([frame.gone, frame.receipts]).to.deep.equal([[2], [receipt]]);
    expect(feed.next(statusOf([testWorker(0)], [receipt]), STARTED_AT_MS + 20).receipts).to.deep.equal([]);
    expect(feed.whole(STARTED_AT_MS + 20).receipts).to.deep.equal([receipt]);
  });

  it('bring a page to the same state, whenever it began to watch', () => {
    const workers = fc.uniqueArray(fc.record({ slot: fc.nat(6), requests: fc.nat(500) }), {
      selector: ({ slot }) => slot,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(workers, { minLength: 2, maxLength: 12 }), fc.nat(11), (rounds, joinsAt) => {
        const feed = new LiveFeed(LIMITS);
        let early = NOTHING_LIVE;
        let late: LiveState | undefined;
        for (const [round, present] of rounds.entries()) {
          const atMs = STARTED_AT_MS + round * 1_000;
          const status = statusOf(
            present.map(({ slot, requests }) => ({
              ...testWorker(slot),
              sample: testSample(round * 1_000 + requests),
              sampleAtMs: atMs,
            })),
          );
          const frame = feed.next(status, atMs);
          early = withFrame(early, frame);
          if (late !== undefined) late = withFrame(late, frame);
          if (round === Math.min(joinsAt, rounds.length - 1)) late = withFrame(NOTHING_LIVE, feed.whole(atMs));
        }
        expect(late?.cluster).to.deep.equal(early.cluster);
        const rows = (state: LiveState | undefined) => [...(state?.workers.values() ?? [])].sort((a, b) => a.id - b.id);
        expect(rows(late)).to.deep.equal(rows(early));
      }),
      { numRuns: 60 },
    );
  });

  it('are made of the fields that differ, and null when none does', () => {
    expect(changesOf({ a: 1, b: 'x' }, { a: 2, b: 'x' })).to.deep.equal({ a: 2 });
    expect(changesOf({ a: 1 }, { a: 1 })).to.equal(null);
    expect(changesOf(undefined, { a: 1 })).to.deep.equal({ a: 1 });
  });
});
