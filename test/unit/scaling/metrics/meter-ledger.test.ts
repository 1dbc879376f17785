import { expect } from 'chai';
import { MeterLedger } from '../../../../src/scaling/metrics/meter-ledger.ts';

describe('MeterLedger', () => {
  let ledger: MeterLedger;
  const hits = 'cache_hits_total\treports\tl1';

  beforeEach(() => {
    ledger = new MeterLedger();
  });

  it('adds counters over workers, with their labels', () => {
    ledger.fold(1, [[hits, 3]]);
    ledger.fold(2, [[hits, 4]]);
    expect(ledger.points('cache_hits_total')).to.deep.equal([{ labels: { cache: 'reports', level: 'l1' }, value: 7 }]);
  });

  it('credits only what a counter grew by since the last look', () => {
    ledger.fold(1, [[hits, 3]]);
    ledger.fold(1, [[hits, 5]]);
    ledger.fold(1, [[hits, 5]]);
    expect(ledger.points('cache_hits_total')[0]?.value).to.equal(5);
  });

  it('keeps what a worker counted when it leaves, and forgets its gauges', () => {
    ledger.fold(1, [
      [hits, 3],
      ['db_pool_used\tprimary', 2],
    ]);
    ledger.fold(2, [['db_pool_used\tprimary', 5]]);
    expect(ledger.points('db_pool_used')[0]?.value).to.equal(7);
    ledger.forget(1);
    expect(ledger.points('db_pool_used')[0]?.value).to.equal(5);
    expect(ledger.points('cache_hits_total')[0]?.value).to.equal(3);
  });

  it('shows the highest of a gauge that all workers see the same of', () => {
    ledger.fold(1, [['jobs\tmail\twaiting', 10]]);
    ledger.fold(2, [['jobs\tmail\twaiting', 12]]);
    expect(ledger.points('jobs')).to.deep.equal([{ labels: { queue: 'mail', state: 'waiting' }, value: 12 }]);
  });

  it('takes no notice of names that it does not know', () => {
    ledger.fold(1, [['nonsense_total\tx', 1]]);
    ledger.fold(1, [['__proto__', 1]]);
    expect(ledger.points('jobs')).to.deep.equal([]);
  });
});
