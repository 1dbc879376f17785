import { expect } from 'chai';
import { DrainLedger } from '../../../../src/scaling/metrics/drain-ledger.ts';
import { RestartLedger } from '../../../../src/scaling/metrics/restart-ledger.ts';
import { ScalingCounts } from '../../../../src/scaling/metrics/scaling-counts.ts';
import { TotalsLedger } from '../../../../src/scaling/metrics/totals-ledger.ts';
import { latencies, receipt, sample, served, status, totals, worker } from '../fixtures/cluster-fixtures.ts';

describe('TotalsLedger', () => {
  let ledger: TotalsLedger;

  beforeEach(() => {
    ledger = new TotalsLedger();
  });

  it('counts the first sight of a worker from zero', () => {
    ledger.fold(status([worker({ sample: served(5) })]));
    expect(ledger.traffic.completed).to.equal(5);
    expect(ledger.traffic.latencyCounts).to.deep.equal(latencies(10, 10, 10, 10, 10));
    expect(ledger.traffic.latencySumMs).to.equal(50);
  });

  it('counts nothing twice', () => {
    const seen = status([worker({ sample: served(5) })]);
    ledger.fold(seen);
    ledger.fold(seen);
    ledger.fold(status([worker({ sample: served(5) })]));
    expect(ledger.traffic.completed).to.equal(5);
  });

  it('keeps what a worker did when it is gone, and adds what its successor does', () => {
    ledger.fold(status([worker({ id: 1, slot: 0, sample: served(5) })]));
    ledger.fold(status([]));
    expect(ledger.traffic.completed).to.equal(5);
    ledger.fold(status([worker({ id: 2, slot: 0, sample: served(3) })]));
    expect(ledger.traffic.completed).to.equal(8);
    expect(ledger.requests(0)).to.deep.equal([{ method: 'GET', statusClass: '2xx', routeClass: 'other', count: 8 }]);
  });

  it('counts two processes of one slot together while one replaces the other', () => {
    ledger.fold(status([worker({ id: 1, slot: 4, sample: served(5) }), worker({ id: 2, slot: 4, sample: served(2) })]));
    expect(ledger.slots()).to.deep.equal([4]);
    expect(ledger.requests(4)[0]?.count).to.equal(7);
  });

  it('keeps slots and labels apart', () => {
    const both = sample({
      totals: totals({
        requests: [
          ['GET', '2xx', 'api', 2],
          ['GET', '5xx', 'api', 1],
        ],
      }),
    });
    ledger.fold(status([worker({ id: 3, slot: 2, sample: both }), worker({ id: 1, slot: 0, sample: served(1) })]));
    expect(ledger.slots()).to.deep.equal([0, 2]);
    expect(ledger.requests(2).map(({ statusClass, count }) => [statusClass, count])).to.deep.equal([
      ['2xx', 2],
      ['5xx', 1],
    ]);
  });

  it('keeps a worker in mind that is there and has no sample for a while', () => {
    ledger.fold(status([worker({ sample: served(5) })]));
    ledger.fold(status([worker({ sample: null })]));
    ledger.fold(status([worker({ sample: served(6) })]));
    expect(ledger.traffic.completed).to.equal(6);
  });

  it('never falls, even when a worker reports less than before', () => {
    ledger.fold(status([worker({ sample: served(5) })]));
    ledger.fold(status([worker({ sample: served(2) })]));
    expect(ledger.traffic.completed).to.equal(5);
    expect(ledger.requests(0)[0]?.count).to.equal(5);
  });

  it('adds up connections and aborted requests per slot', () => {
    const counts = { connectionsAccepted: 9, connectionsMovedIn: 2, connectionsMovedOut: 3, requestsAborted: 1 };
    ledger.fold(status([worker({ id: 1, slot: 0, sample: sample({ totals: totals(counts) }) })]));
    ledger.fold(status([worker({ id: 2, slot: 0, sample: sample({ totals: totals(counts) }) })]));
    expect(ledger.counter(0, 'connectionsAccepted')).to.equal(18);
    expect(ledger.counter(0, 'connectionsMovedIn')).to.equal(4);
    expect(ledger.counter(0, 'connectionsMovedOut')).to.equal(6);
    expect(ledger.counter(0, 'requestsAborted')).to.equal(2);
  });

  it('knows nothing of a slot that never was', () => {
    expect(ledger.counter(7, 'requestsAborted')).to.equal(0);
    expect(ledger.requests(7)).to.deep.equal([]);
  });
});

describe('RestartLedger', () => {
  it('goes on counting when a slot is scaled away and comes back', () => {
    const ledger = new RestartLedger();
    ledger.fold(status([worker({ id: 1, slot: 0, restarts: 0 }), worker({ id: 2, slot: 1, restarts: 3 })]));
    ledger.fold(status([worker({ id: 1, slot: 0, restarts: 1 })]));
    expect(ledger.totals()).to.deep.equal([
      [0, 1],
      [1, 3],
    ]);
    ledger.fold(status([worker({ id: 5, slot: 1, restarts: 0 })]));
    ledger.fold(status([worker({ id: 6, slot: 1, restarts: 1 })]));
    expect(ledger.totals()).to.deep.equal([
      [0, 1],
      [1, 4],
    ]);
  });

  it('does not fall while a slot has an old and a new worker', () => {
    const ledger = new RestartLedger();
    ledger.fold(status([worker({ id: 1, slot: 0, restarts: 2 })]));
    ledger.fold(status([worker({ id: 1, slot: 0, restarts: 2 }), worker({ id: 2, slot: 0, restarts: 0 })]));
    ledger.fold(status([worker({ id: 2, slot: 0, restarts: 0 })]));
    expect(ledger.totals()).to.deep.equal([[0, 2]]);
  });
});

describe('DrainLedger', () => {
  it('counts each receipt once, however often the status shows it', () => {
    const ledger = new DrainLedger();
    const first = receipt({ workerId: 1, reason: 'reload' });
    const second = receipt({ workerId: 2, reason: 'reload', finished: 1, moved: 0, closedByClient: 0, cut: 0 });
    ledger.fold(status([], { receipts: [first] }));
    ledger.fold(status([], { receipts: [first, second] }));
    ledger.fold(status([], { receipts: [second, receipt({ workerId: 3, reason: 'hung' })] }));
    expect([...ledger.drains()]).to.deep.equal([
      ['reload', 2],
      ['hung', 1],
    ]);
    expect(ledger.connections()).to.deep.equal({ finished: 9, moved: 6, closedByClient: 4, cut: 2 });
  });
});

describe('ScalingCounts', () => {
  it('counts decisions by action and reason, and what held them back', () => {
    const counts = new ScalingCounts();
    const unknown = { need: null, offeredLoadErlangs: null };
    const memory = { before: 4, after: 3, why: 'blocked:memory', detail: '' } as const;
    const limit = { before: 5, after: 4, why: 'limit:max', detail: '' } as const;
    counts.record({ action: 'scale-up', reason: 'rule', clamps: [], ...unknown });
    counts.record({ action: 'scale-up', reason: 'rule', clamps: [memory, limit], ...unknown });
    expect(counts).to.include({ need: null, offeredLoadErlangs: null });
    counts.record({ action: 'hold', reason: 'blocked:memory', clamps: [memory], need: 4, offeredLoadErlangs: 2.9 });
    expect(counts).to.include({ need: 4, offeredLoadErlangs: 2.9 });
    expect(counts.decisions()).to.deep.equal([
      { action: 'scale-up', reason: 'rule', count: 2 },
      { action: 'hold', reason: 'blocked:memory', count: 1 },
    ]);
    expect([...counts.blocked()]).to.deep.equal([
      ['blocked:memory', 2],
      ['limit:max', 1],
    ]);
  });
});
