import { expect } from 'chai';
import { createPolicy } from '../../../../../src/scaling/autoscale/policy.ts';
import { knative } from '../../../../../src/scaling/simulate/controllers/knative.ts';
import { PROFILES } from '../../../../../src/scaling/simulate/load/profile.ts';
import { spreadCells } from '../../../../../src/scaling/simulate/matrix/cells.ts';
import { type MatrixPlan, runMatrix } from '../../../../../src/scaling/simulate/matrix/matrix.ts';
import { SimulationError } from '../../../../../src/scaling/simulate/matrix/pool.ts';
import { bestSetting, tuningContestants } from '../../../../../src/scaling/simulate/matrix/tune.ts';
import { applyOverrides, PolicyFileError } from '../../../../../src/scaling/simulate/policy-file.ts';
import { htmlReport } from '../../../../../src/scaling/simulate/report/html.ts';
import { reportData } from '../../../../../src/scaling/simulate/report/json.ts';
import { reportLines } from '../../../../../src/scaling/simulate/report/table.ts';
import { judgeGoal } from '../../../../../src/scaling/simulate/results/goal.ts';
import type { Score } from '../../../../../src/scaling/simulate/results/score.ts';

const LIMITS = { min: 1, max: 10 };
const POLICY = createPolicy([], LIMITS);

function plan(given: Partial<MatrixPlan> = {}): MatrixPlan {
  const erlangs = [...new Array<number>(20).fill(0.5), ...new Array<number>(20).fill(2)];
  return {
    workloads: [{ kind: 'trace', name: 'small <b>', title: 'a small one', erlangs }],
    cells: spreadCells(3, 1, PROFILES.slice(0, 2), [500, 2_000]),
    limits: LIMITS,
    policies: [{ id: 'tidegate', policy: POLICY }],
    baselines: [{ ...knative, grid: knative.grid.slice(0, 2).concat(knative.defaults) }],
    tuned: true,
    threads: 1,
    onProgress: () => undefined,
    ...given,
  };
}

describe('a matrix of runs', () => {
  it('goes through every combination of service and start time', () => {
    const cells = spreadCells(10, 1, PROFILES, [500, 2_000, 8_000]);
    expect(new Set(cells.map(({ profile, startMs }) => `${profile.name} ${startMs}`))).to.have.property('size', 9);
    expect(cells.map(({ seed }) => seed)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('gives the same result on threads as without, and again', async () => {
    const result = await runMatrix(plan());
    expect(await runMatrix(plan({ threads: 2 }))).to.deep.equal(result);
  }).timeout(20_000);

  it('reports as a table, as JSON, and as one page that needs nothing from elsewhere', async () => {
    const progress: string[] = [];
    const result = await runMatrix(plan({ onProgress: (done, all, what) => progress.push(`${done}/${all} ${what}`) }));
    expect(progress.at(-1)).to.equal('5/5 running');
    const goal = judgeGoal(result.rows, 'tidegate', ['tidegate']);
    const contestants = ['tidegate', 'knative', 'knative best', 'oracle'];
    expect(result.rows.map(({ contestant }) => contestant)).to.deep.equal(contestants);
    const text = reportLines(result, goal).join('\n');
    for (const name of contestants) expect(text).to.match(new RegExp(`^${name} .*\\d`, 'm'));
    expect(text).to.match(/^Goal: \d+ of \d+ met/m);
    const data = reportData(result, goal) as { readonly workloads: readonly { readonly runs: readonly Score[] }[] };
    expect(data.workloads).to.have.length(4);
    expect(data.workloads[0]?.runs).to.have.length(3);
    const html = htmlReport(result, goal, 'tidegate');
    expect(html).to.contain('<svg').and.to.contain('small &#60;b&#62;');
    expect(html).to.not.match(/small <b>|src=|href=|url\(|https?:/);
  }).timeout(20_000);

  it('fails with what went wrong in a thread', async () => {
    const gone = { ...knative, name: 'gone' };
    const unknown = plan({ baselines: [gone], tuned: false, threads: 2 });
    const error = await runMatrix(unknown).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(SimulationError);
    expect((error as Error).message).to.equal('there is no baseline "gone"');
  });
});

describe('the best setting of a baseline', () => {
  const [, two] = knative.grid;
  const family = { ...knative, grid: knative.grid.slice(0, 3) };
  const ids = tuningContestants([family]).map(({ id }) => id);

  function best(...figures: readonly (readonly [violationPercent: number, cost: number])[]) {
    const entries = figures.map(([violationPercent, cost], index) => [ids[index], { violationPercent, cost } as Score]);
    return bestSetting(family, [{ oracle: {} as Score, scores: Object.fromEntries(entries), pictures: [] }]);
  }

  it('is the cheapest with at most 1 % of violations', () => {
    expect(best([0.1, 3], [0.9, 2], [4, 1])).to.equal(two);
  });

  it('is the one with the fewest where none is that good', () => {
    expect(best([5, 3], [2, 2], [4, 1])).to.equal(two);
  });
});

describe('a policy file', () => {
  it('changes the fields it names, nested ones too', () => {
    const changed = applyOverrides(POLICY, { mode: 'rules', guards: { runDelayBlock: 0.4 } }, 'p.json');
    expect(changed).to.deep.equal({ ...POLICY, mode: 'rules', guards: { ...POLICY.guards, runDelayBlock: 0.4 } });
  });

  it('takes rules as a rules file has them', () => {
    const rule = {
      name: 'r',
      metric: 'elu',
      windowMs: 10_000,
      operator: 'gte',
      threshold: 70,
      action: 'scale-up',
      scaleAmount: 1,
    };
    const changed = applyOverrides(POLICY, { rules: [{ ...rule, cooldownPeriod: 1_000, priority: 1 }] }, 'p.json');
    expect(changed.rules.map(({ name, cooldownMs }) => [name, cooldownMs])).to.deep.equal([['r', 1_000]]);
  });

  it('is refused for a field that is not there, or of another type', () => {
    const refused = (given: unknown, message: RegExp): void => {
      expect(() => applyOverrides(POLICY, given, 'p.json')).to.throw(PolicyFileError, message);
    };
    refused(
      { stabilisation: 3 },
      /^p.json: stabilisation: there is no such field; there are .*scaleDownStabilizationMs/,
    );
    refused({ guards: { runDelayBlock: '0.4' } }, /^p.json: guards: runDelayBlock: given "0.4"; must be a number/);
    refused([], /must be an object/);
  });
});
