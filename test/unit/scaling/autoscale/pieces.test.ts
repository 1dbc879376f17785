import { expect } from 'chai';
import { advance, cooldownLeftMs, IDLE } from '../../../../src/scaling/autoscale/cooldown.ts';
import { latencyAtQuantile } from '../../../../src/scaling/autoscale/latency-histogram.ts';
import { paceDown, paceLeftMs, paceUp, recentRemovals } from '../../../../src/scaling/autoscale/pace.ts';
import { createPolicy, PolicyError } from '../../../../src/scaling/autoscale/policy.ts';
import { atLeast, atMost, propose, reasonOf } from '../../../../src/scaling/autoscale/proposal.ts';
import { duration, quantity, rounded, workers } from '../../../../src/scaling/autoscale/quantity.ts';
import {
  highest,
  type Recommended,
  remember,
  stabilizationLeftMs,
} from '../../../../src/scaling/autoscale/stabilization.ts';

describe('a cooldown', () => {
  const waiting = { phase: 'waiting', firedAtMs: 0 } as const;

  it('waits for the workers, cools, and is over', () => {
    expect(advance(waiting, 1, 5_000, 1_000)).to.deep.equal(waiting);
    expect(advance(waiting, null, 5_000, 1_000)).to.deep.equal(waiting);
    const cooling = advance(waiting, 0, 5_000, 1_000);
    expect(cooling).to.deep.equal({ phase: 'cooling', untilMs: 6_000 });
    expect(advance(cooling, 3, 5_000, 5_999)).to.deep.equal(cooling);
    expect(advance(cooling, 0, 5_000, 6_000)).to.deep.equal(IDLE);
  });

  it('of no length is over at once', () => {
    expect(advance(waiting, 0, 0, 1_000)).to.deep.equal(IDLE);
  });

  it('has its whole length left while it waits', () => {
    expect(cooldownLeftMs(waiting, 5_000, 99_000)).to.equal(5_000);
    expect(cooldownLeftMs({ phase: 'cooling', untilMs: 6_000 }, 5_000, 4_000)).to.equal(2_000);
    expect(cooldownLeftMs({ phase: 'cooling', untilMs: 6_000 }, 5_000, 7_000)).to.equal(0);
    expect(cooldownLeftMs(IDLE, 5_000, 0)).to.equal(0);
  });
});

describe('the stabilization window', () => {
  it('keeps only what can still be its maximum', () => {
    let history: readonly Recommended[] = [];
    [5, 9, 3, 4, 2, 2, 7].forEach((count, second) => {
      history = remember(history, { atMs: second * 1_000, workers: count }, 60_000);
    });
    expect(history).to.deep.equal([
      { atMs: 1_000, workers: 9 },
      { atMs: 6_000, workers: 7 },
    ]);
    expect(highest(history)).to.equal(9);
  });

  it('forgets what is as old as it is long', () => {
    const begun = remember([], { atMs: 0, workers: 9 }, 10_000);
    expect(highest(remember(begun, { atMs: 9_999, workers: 1 }, 10_000))).to.equal(9);
    expect(highest(remember(begun, { atMs: 10_000, workers: 1 }, 10_000))).to.equal(1);
    expect(highest([])).to.equal(0);
  });

  it('tells how long it holds a number up', () => {
    const history = [
      { atMs: 0, workers: 9 },
      { atMs: 4_000, workers: 5 },
      { atMs: 6_000, workers: 3 },
    ];
    expect(stabilizationLeftMs(history, 4, 10_000, 7_000)).to.equal(7_000);
    expect(stabilizationLeftMs(history, 8, 10_000, 7_000)).to.equal(3_000);
    expect(stabilizationLeftMs(history, 9, 10_000, 7_000)).to.equal(0);
  });
});

describe('the pace', () => {
  const policy = { scaleUpMaxPercent: 100, scaleDownMaxPercent: 34, scaleDownPeriodMs: 5_000 };

  it('of scale-ups is a share of the ready workers, at least one', () => {
    expect([0, 1, 4].map((ready) => paceUp(policy, ready))).to.deep.equal([1, 2, 8]);
    expect(paceUp({ scaleUpMaxPercent: 10 }, 5)).to.equal(6);
  });

  it('of scale-downs is a share of what there was when the period began', () => {
    expect([1, 2, 3, 6, 10].map((count) => paceDown(policy, count, []))).to.deep.equal([0, 1, 2, 4, 7]);
    // There were ten; three are gone already.
    expect(paceDown(policy, 7, [{ atMs: 0, workers: 3 }])).to.equal(7);
    expect(paceDown(policy, 8, [{ atMs: 0, workers: 2 }])).to.equal(7);
  });

  it('tells how long it holds a scale-down up', () => {
    const removals = [{ atMs: 1_000, workers: 3 }];
    expect(paceLeftMs(policy, 7, removals, 4_000)).to.equal(2_000);
    expect(paceLeftMs(policy, 7, [], 4_000)).to.equal(0);
    expect(recentRemovals(removals, 5_000, 5_999)).to.deep.equal(removals);
    expect(recentRemovals(removals, 5_000, 6_000)).to.deep.equal([]);
  });
});

describe('a proposal', () => {
  it('notes what changed it, and nothing else', () => {
    const proposal = atMost(atLeast(propose(4, 9, 'rule'), 2, 'floor', 'f'), 7, 'limit:max', 'm');
    expect(proposal.clamps).to.deep.equal([{ before: 9, after: 7, why: 'limit:max', detail: 'm' }]);
    expect(reasonOf(proposal, 'steady')).to.equal('rule');
  });

  it('that comes back to where it began has the last brake as its reason', () => {
    expect(reasonOf(atMost(propose(4, 9, 'rule'), 4, 'blocked:cpu', ''), 'steady')).to.equal('blocked:cpu');
    expect(reasonOf(propose(4, 4, 'rule'), 'steady')).to.equal('steady');
  });

  it('that is led farther, or to the other side, has that as its reason', () => {
    expect(reasonOf(atMost(propose(4, 3, 'rule'), 2, 'release:cpu', ''), 'steady')).to.equal('release:cpu');
    expect(reasonOf(atLeast(propose(4, 3, 'rule'), 5, 'floor', ''), 'steady')).to.equal('floor');
    expect(reasonOf(atLeast(propose(4, 4, 'rule'), 5, 'floor', ''), 'steady')).to.equal('floor');
  });
});

describe('a policy', () => {
  it('refuses limits that contradict each other', () => {
    expect(() => createPolicy([], { min: 3, max: 2 }))
      .to.throw(PolicyError, 'limits 3..2')
      .with.property('code', 'POLICY_INVALID');
    for (const [min, max] of [
      [0, 2],
      [1.5, 2],
      [1, Number.POSITIVE_INFINITY],
    ] as const) {
      expect(() => createPolicy([], { min, max })).to.throw(PolicyError);
    }
  });

  it('takes single guard thresholds and leaves the others', () => {
    const { guards } = createPolicy([], { min: 1, max: 2 }, { guards: { latencyObjectiveMs: 200 } });
    expect([guards.latencyObjectiveMs, guards.runDelayBlock]).to.deep.equal([200, 0.25]);
  });
});

describe('numbers for people', () => {
  it('are short, and never tell a wait too short', () => {
    expect([0, 40, 999, 1_000, 1_001, 600_000, 600_001, 14_400_000, 14_400_001].map(duration)).to.deep.equal([
      '0 s',
      '0.1 s',
      '1 s',
      '1 s',
      '2 s',
      '600 s',
      '11 min',
      '240 min',
      '5 h',
    ]);
    expect([quantity(86.2345, '%'), quantity(3, '')]).to.deep.equal(['86.23 %', '3']);
    expect([workers(1), workers(0)]).to.deep.equal(['1 worker', '0 workers']);
  });

  it('are rounded to three decimals, without a negative zero', () => {
    expect([1.23456, -0.0001].map(rounded)).to.deep.equal([1.235, 0]);
  });
});

describe('a latency histogram', () => {
  it('has no percentile when it is empty, or has no bounds', () => {
    expect(latencyAtQuantile({ boundsMs: [1, 2], counts: [0, 0, 0], total: 0 }, 0.5)).to.equal(null);
    expect(latencyAtQuantile({ boundsMs: [], counts: [5], total: 5 }, 0.5)).to.equal(null);
  });
});
