import { expect } from 'chai';
import { AppBreakerViews } from '../../../src/cluster/app-breaker-view.ts';
import { ConnectionBalancer } from '../../../src/cluster/connection-balancer.ts';
import { ConnectionDispatcher } from '../../../src/cluster/connection-dispatcher.ts';
import { WorkerBreakers } from '../../../src/cluster/worker-breakers.ts';
import { WorkerPool } from '../../../src/cluster/worker-pool.ts';
import { RuntimeBalancerView } from '../../../src/runtime/balancer-view.ts';
import { createPolicy } from '../../../src/scaling/balancing/registry.ts';
import { FakeWorker } from '../cluster/fixtures/fake-worker.ts';

describe('RuntimeBalancerView', () => {
  let worker: FakeWorker;
  let breakers: WorkerBreakers;
  let view: (algorithm: 'adaptive' | 'round-robin') => RuntimeBalancerView;
  beforeEach(() => {
    worker = new FakeWorker(4, { slot: 2, weight: 3 });
    const pool = new WorkerPool();
    pool.add(worker.asHandle);
    breakers = new WorkerBreakers(pool, () => {});
    const policy = createPolicy('round-robin');
    const dispatcher = new ConnectionDispatcher({ pool, policy, random: () => 0, onActivity: () => {} });
    const balancer = new ConnectionBalancer({ pool, shared: false, moves: true });
    view = (algorithm) =>
      new RuntimeBalancerView({
        traffic: {
          algorithm,
          accept: algorithm === 'adaptive' ? 'shared' : 'hand-over',
          gateway: null,
          pool,
          dispatcher,
          balancer,
          breakers,
        },
        appBreakers: new AppBreakerViews(pool),
        redisBreaker: () => null,
      });
  });

  it('shows how connections are accepted, and every worker with its load and its breaker', () => {
    Object.assign(worker.load, { claims: 9, active: 5, inFlight: 2, requestRate: 12.345, latencyMs: 3.456 });
    worker.hasServed(8, 2);
    expect(view('round-robin').status()).to.deep.equal({
      mode: 'tcp',
      algorithm: 'round-robin',
      accept: 'hand-over',
      movesOrdered: 0,
      parked: 0,
      shed: 0,
      upstreams: [
        {
          worker: 4,
          slot: 2,
          state: 'ready',
          available: true,
          ejected: false,
          weight: 3,
          claims: 9,
          connections: 5,
          inFlight: 2,
          requestRate: 12.3,
          latencyMs: 3.46,
          breaker: {
            state: 'closed',
            totalRequests: 8,
            successfulRequests: 6,
            failedRequests: 2,
            rejectedRequests: 0,
            successRate: 0.75,
          },
        },
      ],
    });
  });

  it('says that workers accept by themselves under the adaptive policy', () => {
    expect(view('adaptive').status()).to.include({ algorithm: 'adaptive', accept: 'shared' });
  });

  it('shows no breaker of a worker that is not ready', () => {
    worker.become('starting');
    const { upstreams } = view('round-robin').status() as { upstreams: { state: string; breaker: object | null }[] };
    expect(upstreams.map(({ state, breaker }) => [state, breaker])).to.deep.equal([['starting', null]]);
  });

  it('shows and resets breakers', () => {
    expect(view('adaptive').breakers()).to.have.keys('worker-2');
    worker.ejected = true;
    expect(view('adaptive').resetBreakers('worker-0')).to.equal(false);
    expect(worker.ejected).to.equal(true);
    expect(view('adaptive').resetBreakers('worker-2')).to.equal(true);
    expect(worker.ejected).to.equal(false);
  });
});
