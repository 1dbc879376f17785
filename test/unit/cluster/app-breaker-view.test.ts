import { expect } from 'chai';
import { AppBreakerViews } from '../../../src/cluster/app-breaker-view.ts';
import { WorkerPool } from '../../../src/cluster/worker-pool.ts';
import type { AppBreakerReport } from '../../../src/ipc/protocol.ts';
import { FakeWorker } from './fixtures/fake-worker.ts';

describe('AppBreakerViews', () => {
  const report = (given: Partial<AppBreakerReport>): AppBreakerReport => ({
    state: 'closed',
    totalRequests: 0,
    successfulRequests: 0,
    failedRequests: 0,
    rejectedRequests: 0,
    lastFailure: null,
    ...given,
  });
  let first: FakeWorker;
  let second: FakeWorker;
  let views: AppBreakerViews;

  beforeEach(() => {
    const pool = new WorkerPool();
    first = new FakeWorker(1, { slot: 0, weight: 1 });
    second = new FakeWorker(2, { slot: 1, weight: 1 });
    for (const worker of [first, second]) pool.add(worker.asHandle);
    views = new AppBreakerViews(pool);
  });

  it('show nothing of an app that has none', () => {
    expect(views.report()).to.deep.equal({});
  });

  it('add up what the workers report, and show the worst state', () => {
    const open = report({
      state: 'open',
      totalRequests: 9,
      successfulRequests: 2,
      failedRequests: 6,
      rejectedRequests: 1,
      lastFailure: 'no route',
    });
    const closed = report({ totalRequests: 2, successfulRequests: 2 });
    first.asHandle.appBreakers = { payments: open };
    second.asHandle.appBreakers = { payments: closed, mail: closed };
    expect(views.report()).to.deep.equal({
      payments: {
        state: 'open',
        totalRequests: 11,
        successfulRequests: 4,
        failedRequests: 6,
        rejectedRequests: 1,
        successRate: 0.4,
        lastFailure: 'no route',
        workers: { 'worker-0': open, 'worker-1': closed },
      },
      mail: { ...closed, successRate: 1, workers: { 'worker-1': closed } },
    });
  });

  it('close one of them in all workers, and show it at once', () => {
    for (const worker of [first, second])
      worker.asHandle.appBreakers = { a: report({ state: 'open' }), b: report({ state: 'open' }) };
    expect(views.reset('a')).to.equal(true);
    expect(first.sent).to.deep.equal([{ type: 'reset-breakers', name: 'a' }]);
    expect(second.sent).to.deep.equal([{ type: 'reset-breakers', name: 'a' }]);
    expect(views.report().a?.state).to.equal('closed');
    expect(views.report().b?.state).to.equal('open');
  });

  it('close all without a name, and know which names there are', () => {
    first.asHandle.appBreakers = { a: report({ state: 'open' }) };
    expect(views.reset()).to.equal(true);
    expect(first.sent).to.deep.equal([{ type: 'reset-breakers', name: null }]);
    expect(views.reset('toString')).to.equal(false);
  });
});
