import { expect } from 'chai';
import { createPolicy } from '../../../../../src/scaling/autoscale/policy.ts';
import { knative } from '../../../../../src/scaling/simulate/controllers/knative.ts';
import { PROFILES } from '../../../../../src/scaling/simulate/load/profile.ts';
import { spreadCells } from '../../../../../src/scaling/simulate/matrix/cells.ts';
import { runMatrix } from '../../../../../src/scaling/simulate/matrix/matrix.ts';
import { inPage, markdownReport } from '../../../../../src/scaling/simulate/report/markdown.ts';
import { judgeGoal } from '../../../../../src/scaling/simulate/results/goal.ts';

const LIMITS = { min: 1, max: 4 };

describe('the report as Markdown', () => {
  it('has the cells, the goal, everybody with intervals, and everybody on each workload', async () => {
    const result = await runMatrix({
      workloads: [{ kind: 'trace', name: 'small', title: 'a small one', erlangs: new Array<number>(20).fill(0.5) }],
      cells: spreadCells(2, 1, PROFILES.slice(0, 1), [500]),
      limits: LIMITS,
      policies: [{ id: 'tidegate', policy: createPolicy([], LIMITS) }],
      baselines: [knative],
      tuned: false,
      threads: 1,
      onProgress: () => undefined,
    });
    const lines = markdownReport(result, judgeGoal(result.rows, 'tidegate', ['tidegate'])).split('\n');
    expect(lines[0]).to.match(/^2 cells .*: api, start 0\.5 s, seed 1; api, start 0\.5 s, seed 2\. /);
    expect(lines[2]).to.match(/^\*\*Goal: \d+ of \d+ met/);
    expect(lines).to.include('|  | small |');
    expect(lines.filter((line) => /^\| (tidegate|knative|oracle) \|/.test(line))).to.have.length(6);
    const columns = lines.filter((line) => line.startsWith('| tidegate')).map((line) => line.split('|').length);
    expect(columns).to.deep.equal([13, 4]);
  });

  it('takes the place that a page marks for it, and leaves the rest alone', () => {
    const page = 'Before\n<!-- results: begin -->\nold\n<!-- results: end -->\nAfter\n';
    const filled = inPage(page, 'new');
    expect(filled).to.equal('Before\n<!-- results: begin -->\nnew\n<!-- results: end -->\nAfter\n');
    expect(inPage(filled, 'new')).to.equal(filled);
  });

  it('is the whole file where nothing is marked', () => {
    expect(inPage(null, 'new')).to.equal('new\n');
    expect(inPage('Other words\n', 'new')).to.equal('new\n');
  });
});
