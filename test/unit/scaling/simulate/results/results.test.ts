import { expect } from 'chai';
import type { Row } from '../../../../../src/scaling/simulate/matrix/matrix.ts';
import { elasticity } from '../../../../../src/scaling/simulate/results/elasticity.ts';
import { judgeGoal } from '../../../../../src/scaling/simulate/results/goal.ts';
import { reversalsIn, type Score, scoreOf } from '../../../../../src/scaling/simulate/results/score.ts';
import { estimate } from '../../../../../src/scaling/simulate/results/statistics.ts';
import { Tally } from '../../../../../src/scaling/simulate/results/tally.ts';
import { runWith, steady, workloadOf } from '../scenario.ts';

function row(contestant: string, given: Partial<Score>, workload = 'step', isGuardCase = false): Row {
  const score = { violationPercent: 0, cost: 1, reversalsPerHour: 0, wrongUps: 0, wrongDowns: 0, ...given } as Score;
  return { workload, isGuardCase, contestant, setting: '', scores: [score, score] };
}

describe('the scores of a run', () => {
  it('count a request over the objective, and one without an answer, as violations of the second it was sent in', () => {
    const tally = new Tally(3, 200);
    tally.answered(100, 200);
    tally.answered(1_900, 201);
    tally.unanswered(2_500);
    expect([...tally.bad]).to.deep.equal([0, 1, 1]);
    expect([...tally.total]).to.deep.equal([1, 1, 1]);
    expect(tally.latencyAt(0.3)).to.be.closeTo(200, 12);
    expect(tally.latencyAt(1)).to.be.closeTo(5_000, 300);
  });

  it('give the mean with a 95 % interval by Student', () => {
    expect(estimate([1, 2, 3])).to.deep.equal({ mean: 2, plusMinus: 4.303 * Math.sqrt(1 / 3) });
    expect(estimate([5])).to.deep.equal({ mean: 5, plusMinus: null });
    expect(estimate([])).to.deep.equal({ mean: 0, plusMinus: null });
  });

  it('call a step back within two minutes a reversal', () => {
    const change = (atS: number, before: number, after: number) => ({ atS, before, after, reason: '' });
    expect(reversalsIn([change(0, 1, 2), change(10, 2, 4), change(100, 4, 3), change(300, 3, 4)])).to.equal(1);
  });

  it('count what no policy should have done', () => {
    const workload = workloadOf(steady(0.5, 40), {
      mayNotGrow: { fromS: 10, untilS: 20 },
      mayNotShrink: { fromS: 20, untilS: 40 },
    });
    const trace = runWith(workload, (second) => (second < 5 ? 2 : second < 15 ? 3 : second < 30 ? 4 : 3));
    expect(scoreOf(trace, workload, steady(1, 40), trace.workerSeconds)).to.deep.include({
      wrongUps: 1,
      wrongDowns: 1,
      actions: 3,
      cost: 1,
    });
  });

  it('measure elasticity as SPEC does', () => {
    expect(elasticity([2, 2, 4, 4], [2, 3, 3, 4])).to.deep.equal({
      underWorkers: 0.25,
      overWorkers: 0.25,
      underShare: 0.25,
      overShare: 0.25,
      instability: 0.75,
    });
  });
});

describe('the goal', () => {
  const verdicts = (rows: readonly Row[]): Record<string, boolean | null> =>
    Object.fromEntries(judgeGoal(rows, 'tidegate', ['tidegate']).map(({ demand, isMet }) => [demand, isMet]));

  it('is half the violations of each peer at equal or lower cost; a cheaper one with many is not comparable', () => {
    const rows = [
      row('tidegate', { violationPercent: 1, cost: 1.2 }),
      row('a', { violationPercent: 2, cost: 1.2 }),
      row('b', { violationPercent: 1.9, cost: 2 }),
      row('c', { violationPercent: 9, cost: 1 }),
      row('d', { violationPercent: 1, cost: 1.1 }),
    ];
    const found = verdicts(rows);
    const peer = (name: string): boolean | null | undefined =>
      found[`half the violations of ${name} at equal or lower cost`];
    expect(['a', 'b', 'c', 'd'].map(peer)).to.deep.equal([true, false, null, false]);
    expect(found["at most 1 % violations at 1.25 × the oracle's cost"]).to.equal(true);
  });

  it('asks for 0.9 of the cost of the best-tuned KPA without more violations', () => {
    const demand = 'no more violations than the best-tuned KPA at 0.9 of its cost';
    const against = (violationPercent: number, cost: number) =>
      verdicts([row('tidegate', { violationPercent, cost }), row('knative best', { violationPercent: 1, cost: 2 })])[
        demand
      ];
    expect([against(1, 1.8), against(1.1, 1.8), against(1, 1.81)]).to.deep.equal([true, false, false]);
  });

  it('asks for no wrong step in a guard case, and leaves those out of violations and cost', () => {
    const rows = [
      row('tidegate', { violationPercent: 0.5 }),
      row('tidegate', { violationPercent: 90, wrongUps: 1 }, 'leak', true),
      row('tidegate', {}, 'crash-loop', true),
    ];
    expect(verdicts(rows)).to.deep.include({
      'no wrong step in leak': false,
      'no wrong step in crash-loop': true,
      "at most 1 % violations at 1.25 × the oracle's cost": true,
    });
  });
});
