import { expect } from 'chai';
import { type ReloadCrew, rollingReload } from '../../../src/cluster/rolling-reload.ts';
import type { ReloadStatus, StopReason } from '../../../src/ipc/status.ts';
import { latencies, sample, totals } from '../scaling/fixtures/cluster-fixtures.ts';
import { FakeWorker } from './fixtures/fake-worker.ts';

/** A crew whose new workers are ready at once, and whose clock goes on when somebody waits. */
class FakeCrew implements ReloadCrew {
  readonly old: FakeWorker[];
  readonly fresh: FakeWorker[] = [];
  readonly done: string[] = [];
  /** Starts that fail, by their number, with the reason. */
  readonly failingStarts = new Map<number, string>();
  readonly reports: ReloadStatus[] = [];
  /** What happens while somebody waits for the n-th time. */
  whileWaiting: (wait: number) => void = () => {};
  #nowMs = 1_000;
  #waits = 0;

  constructor(count: number) {
    this.old = Array.from({ length: count }, (_, slot) => new FakeWorker(slot + 1, { slot }));
  }

  outdated(): readonly FakeWorker['asHandle'][] {
    return this.old.filter(({ phase }) => phase === 'ready').map(({ asHandle }) => asHandle);
  }

  async startReplacement(slot: number): Promise<FakeWorker['asHandle']> {
    const failure = this.failingStarts.get(this.fresh.length);
    if (failure !== undefined) throw new Error(failure);
    const worker = new FakeWorker(101 + this.fresh.length, { slot, generation: 2 });
    this.fresh.push(worker);
    this.done.push(`start ${worker.id} in ${slot}`);
    return worker.asHandle;
  }

  retire(worker: FakeWorker['asHandle'], reason: StopReason): void {
    const known = [...this.old, ...this.fresh].find(({ id }) => id === worker.id);
    if (known?.phase === 'ready') known.become('draining');
    this.done.push(`retire ${worker.id}: ${reason}`);
  }

  async wait(delayMs: number): Promise<void> {
    this.#nowMs += delayMs;
    this.#waits += 1;
    this.whileWaiting(this.#waits);
  }

  now(): number {
    return this.#nowMs;
  }

  reload(canaryMs = 0): Promise<ReloadStatus> {
    return rollingReload(this, { generation: 2, canaryMs }, (status) => this.reports.push(status));
  }
}

/** Counters of a worker that answered so many requests, each in `ms`, so many of them with an error. */
function answered(requests: number, ms: number, errors = 0): FakeWorker['sample'] {
  const latencyCounts = latencies(ms).map((count) => count * requests);
  return sample({ totals: totals({ requestsCompleted: requests, requestErrors: errors, latencyCounts }) });
}

/** The counters of a worker after both. */
function both(before: FakeWorker['sample'], then: FakeWorker['sample']): FakeWorker['sample'] {
  const [first, second] = [before?.totals, then?.totals];
  if (first === undefined || second === undefined) return null;
  return sample({
    totals: totals({
      requestsCompleted: first.requestsCompleted + second.requestsCompleted,
      latencyCounts: first.latencyCounts.map((count, bucket) => count + (second.latencyCounts[bucket] ?? 0)),
    }),
  });
}

/** A crew of two whose old workers, and the canary, have these counters when the comparison begins and ends. */
function comparing(figures: {
  readonly old: readonly [FakeWorker['sample'], FakeWorker['sample']];
  readonly canary: readonly [FakeWorker['sample'], FakeWorker['sample']];
}): FakeCrew {
  const crew = new FakeCrew(2);
  crew.whileWaiting = (wait) => {
    const [canary] = crew.fresh;
    if (canary !== undefined) canary.sample = figures.canary[wait - 1] ?? null;
    for (const worker of crew.old) worker.sample = figures.old[wait - 1] ?? null;
  };
  return crew;
}

describe('rolling reload', () => {
  it('starts each new worker in the slot of an old one before that leaves', async () => {
    const crew = new FakeCrew(3);
    const last = await crew.reload();
    expect(crew.done).to.deep.equal([
      'start 101 in 0',
      'retire 1: reload',
      'start 102 in 1',
      'retire 2: reload',
      'start 103 in 2',
      'retire 3: reload',
    ]);
    expect(last).to.deep.equal({
      generation: 2,
      startedAtMs: 1_000,
      finishedAtMs: 1_000,
      replaced: 3,
      total: 3,
      outcome: 'done',
      detail: '3 workers replaced',
    });
  });

  it('reports its progress, the outcome last', async () => {
    const crew = new FakeCrew(2);
    const last = await crew.reload();
    expect(crew.reports.map(({ outcome, replaced, detail }) => `${outcome} ${replaced}: ${detail}`)).to.deep.equal([
      'running 0: replacing 2 workers',
      'running 1: worker 1 is replaced by 101',
      'running 2: worker 2 is replaced by 102',
      'done 2: 2 workers replaced',
    ]);
    expect(crew.reports.at(-1)).to.equal(last);
    expect(crew.reports[0]?.finishedAtMs).to.equal(null);
  });

  it('is done at once when there is nobody to replace', async () => {
    const last = await new FakeCrew(0).reload(3_000);
    expect(last).to.include({ outcome: 'done', replaced: 0, total: 0 });
  });

  it('leaves the rest as it is when a new worker does not become ready', async () => {
    const crew = new FakeCrew(3);
    crew.failingStarts.set(1, 'the new worker 102 did not become ready: exit code 1');
    const last = await crew.reload();
    expect(last).to.include({
      outcome: 'failed',
      replaced: 1,
      detail: 'the new worker 102 did not become ready: exit code 1; the workers not yet replaced go on serving',
    });
    expect(crew.old.map(({ phase }) => phase)).to.deep.equal(['draining', 'ready', 'ready']);
  });

  it('does not retire an old worker that has died meanwhile', async () => {
    const crew = new FakeCrew(2);
    const start = crew.startReplacement.bind(crew);
    crew.startReplacement = async (slot) => {
      if (slot === 0) crew.old[0]?.become('stopped');
      return start(slot);
    };
    expect((await crew.reload()).outcome).to.equal('done');
    expect(crew.done).to.deep.equal(['start 101 in 0', 'start 102 in 1', 'retire 2: reload']);
  });

  it('does not wait for a comparison that is switched off', async () => {
    const crew = new FakeCrew(1);
    crew.whileWaiting = () => expect.fail('waited');
    expect((await crew.reload(0)).outcome).to.equal('done');
  });

  it('compares only the first new worker, and tells the verdict at the end', async () => {
    const warmUp = answered(50, 400); // slow answers, which the comparison leaves out
    const crew = comparing({
      old: [answered(1_000, 10), answered(1_100, 10)],
      canary: [warmUp, both(warmUp, answered(100, 12.5))],
    });
    const last = await crew.reload(3_000);
    expect(last.detail).to.equal(
      '2 workers replaced; canary: 0.0 % errors against 0.0 %, p95 12.5 ms against 10.0 ms over 100 requests',
    );
    expect(last.finishedAtMs).to.equal(5_000);
    expect(crew.reports.filter(({ detail }) => detail.startsWith('comparing'))).to.have.length(1);
  });

  it('waits no longer to warm up than half the comparison', async () => {
    const crew = new FakeCrew(1);
    expect((await crew.reload(500)).finishedAtMs).to.equal(1_000 + 250 + 500);
  });

  it('sends a worse canary away and keeps all old workers', async () => {
    const crew = comparing({
      old: [answered(0, 10), answered(200, 10)],
      canary: [answered(0, 10), answered(100, 10, 40)],
    });
    const last = await crew.reload(3_000);
    expect(last).to.include({
      outcome: 'failed',
      replaced: 0,
      detail: 'the new worker answers 40.0 % errors against 0.0 %; the old workers go on serving',
    });
    expect(crew.done).to.deep.equal(['start 101 in 0', 'retire 101: canary-failed']);
    expect(crew.old.every(({ phase }) => phase === 'ready')).to.equal(true);
  });

  it('sends a canary away whose answers take too long to measure', async () => {
    const crew = comparing({
      old: [answered(0, 10), answered(200, 10)],
      canary: [answered(0, 10), answered(100, 200_000)],
    });
    const { outcome, detail } = await crew.reload(3_000);
    expect(outcome).to.equal('failed');
    expect(detail).to.equal(
      'the new worker is too slow: p95 Infinity ms against 10.0 ms; the old workers go on serving',
    );
  });

  it('fails when the canary ends during the comparison', async () => {
    const crew = new FakeCrew(1);
    crew.whileWaiting = (wait) => {
      if (wait === 2) crew.fresh[0]?.become('stopped');
    };
    expect(await crew.reload(3_000)).to.include({
      outcome: 'failed',
      replaced: 0,
      detail: 'the new worker ended during the comparison; the old workers go on serving',
    });
  });

  it('goes on without a verdict when there is no traffic', async () => {
    const crew = new FakeCrew(2);
    const last = await crew.reload(3_000);
    expect(last.detail).to.equal('2 workers replaced; canary: too few requests to compare (0 on the new worker)');
  });
});
