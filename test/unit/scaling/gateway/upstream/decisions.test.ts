import { expect } from 'chai';
import { TokenBuckets } from '../../../../../src/scaling/gateway/token-buckets.ts';
import { afterCheck, FIRST_CHECK_STATE } from '../../../../../src/scaling/gateway/upstream/check-state.ts';
import { outliers } from '../../../../../src/scaling/gateway/upstream/outlier.ts';
import { RetryBudget } from '../../../../../src/scaling/gateway/upstream/retry-budget.ts';
import { slowStartFactor } from '../../../../../src/scaling/gateway/upstream/slow-start.ts';
import { UpstreamBreaker } from '../../../../../src/scaling/gateway/upstream/upstream-breaker.ts';

describe('UpstreamBreaker', () => {
  const limits = { failureThreshold: 2, successThreshold: 2, resetTimeoutMs: 1_000 };

  it('opens, is half-open after its time, lets only as many through as it needs, and closes', () => {
    const changes: string[] = [];
    const breaker = new UpstreamBreaker(limits, (from, to) => changes.push(`${from} ${to}`));
    breaker.outcome(breaker.claim(), false, 0);
    breaker.outcome(breaker.claim(), false, 0);
    expect(breaker.admits()).to.equal(false);
    breaker.tick(999);
    expect(breaker.state).to.equal('open');
    breaker.tick(1_000);
    const first = breaker.claim();
    const second = breaker.claim();
    expect(breaker.admits()).to.equal(false);
    breaker.outcome(first, true, 1_001);
    breaker.outcome(second, true, 1_002);
    expect(changes).to.deep.equal(['closed open', 'open half-open', 'half-open closed']);
    expect(breaker.report()).to.deep.equal({
      state: 'closed',
      totalRequests: 4,
      successfulRequests: 2,
      failedRequests: 2,
      rejectedRequests: 0,
      successRate: 0.5,
    });
  });

  it('does not let outcomes of before a change judge the time after it', () => {
    const breaker = new UpstreamBreaker(limits, () => {});
    const late = breaker.claim();
    breaker.outcome(breaker.claim(), false, 0);
    breaker.outcome(breaker.claim(), false, 0);
    breaker.tick(1_000);
    breaker.outcome(late, false, 1_001);
    expect(breaker.state).to.equal('half-open');
  });

  it('gives the place of an abandoned trial free', () => {
    const breaker = new UpstreamBreaker(limits, () => {});
    breaker.outcome(breaker.claim(), false, 0);
    breaker.outcome(breaker.claim(), false, 0);
    breaker.tick(1_000);
    const trials = [breaker.claim(), breaker.claim()];
    breaker.abandon(trials[0] as number);
    expect(breaker.admits()).to.equal(true);
    expect(breaker.report().totalRequests).to.equal(3);
  });
});

describe('outliers', () => {
  const limits = { errorRatio: 0.5, latencyFactor: 3, minRequests: 10, baseMs: 1, maxRatio: 0.5 };
  const figures = (errors: number, meanMs: number) => ({
    requests: 10,
    errors,
    latencySumMs: 10 * meanMs,
    ejected: false,
  });

  it('ejects who fails where the others do not', () => {
    expect(outliers([figures(5, 10), figures(0, 10), figures(1, 10)], limits)).to.deep.equal([
      'errors',
      undefined,
      undefined,
    ]);
  });

  it('ejects nobody when all fail', () => {
    expect(outliers([figures(5, 10), figures(9, 10)], limits)).to.deep.equal([undefined, undefined]);
  });

  it('ejects who is slow by comparison', () => {
    expect(outliers([figures(0, 10), figures(0, 12), figures(0, 200)], limits)).to.deep.equal([
      undefined,
      undefined,
      'latency',
    ]);
  });

  it('takes small differences for noise, however often they fit', () => {
    expect(outliers([figures(0, 1), figures(0, 40)], limits)).to.deep.equal([undefined, undefined]);
  });

  it('leaves at least the share that it must', () => {
    const ejected = { ...figures(9, 10), ejected: true };
    expect(outliers([ejected, figures(9, 10), figures(0, 10)], limits)).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('says nothing of too few requests', () => {
    expect(
      outliers([{ requests: 9, errors: 9, latencySumMs: 0, ejected: false }, figures(0, 10)], limits),
    ).to.deep.equal([undefined, undefined]);
  });
});

describe('afterCheck', () => {
  it('goes down after `fall` bad checks in a row and up after `rise` good ones', () => {
    let state = FIRST_CHECK_STATE;
    const seen = [false, false, true, false, false, false, true, false, true, true].map((ok) => {
      state = afterCheck(state, ok, 2, 3);
      return state.up;
    });
    expect(seen).to.deep.equal([true, true, true, true, true, false, false, false, false, true]);
  });
});

describe('slowStartFactor', () => {
  it('rises from a tenth to all of the weight', () => {
    expect([0, 500, 5_000, 10_000].map((sinceMs) => slowStartFactor(sinceMs, 10_000))).to.deep.equal([
      0.1, 0.1, 0.5, 1,
    ]);
    expect(slowStartFactor(0, 0)).to.equal(1);
  });
});

describe('RetryBudget', () => {
  it('gives its reserve, then a share of the requests, and ten a second', () => {
    const budget = new RetryBudget(0.2, 0);
    let taken = 0;
    while (budget.withdraw(0)) taken += 1;
    expect(taken).to.equal(100);
    for (let request = 0; request < 5; request++) budget.noteRequest();
    expect([budget.withdraw(0), budget.withdraw(0)]).to.deep.equal([true, false]);
    expect([budget.withdraw(100), budget.withdraw(100)]).to.deep.equal([true, false]);
  });
});

describe('TokenBuckets', () => {
  const request = (address: string) => ({ address, method: 'GET', target: '/', host: 'x' });

  it('lets through the burst, then the rate, for each address by itself', () => {
    const buckets = new TokenBuckets(20, 5);
    let allowed = 0;
    for (let nowMs = 0; nowMs < 30_000; nowMs += 5) if (buckets.check(request('1.1.1.1'), nowMs).allowed) allowed += 1;
    expect(allowed).to.be.within(600, 605);
    expect(buckets.check(request('2.2.2.2'), 30_000)).to.deep.equal({
      allowed: true,
      limit: 5,
      remaining: 4,
      resetMs: 50,
      retryAfterMs: 0,
    });
  });

  it('says when the next token is there', () => {
    const buckets = new TokenBuckets(2, 1);
    buckets.check(request('1.1.1.1'), 0);
    expect(buckets.check(request('1.1.1.1'), 100)).to.deep.equal({
      allowed: false,
      limit: 1,
      remaining: 0,
      resetMs: 400,
      retryAfterMs: 400,
    });
  });

  it('forgets who would have a full bucket anyway', () => {
    const buckets = new TokenBuckets(1, 1);
    buckets.check(request('1.1.1.1'), 0);
    buckets.tick(1_000);
    expect(buckets.check(request('1.1.1.1'), 1_000).allowed).to.equal(true);
  });
});
