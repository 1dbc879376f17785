import { expect } from 'chai';
import { verdict } from '../../../benchmarks/goals.ts';
import { loadReport } from '../../../benchmarks/load-report.ts';
import { loadLines, verdictLines } from '../../../benchmarks/print.ts';
import { idleGoals, startReport } from '../../../benchmarks/start-report.ts';
import { seededRandom } from '../../../benchmarks/statistics.ts';
import type { Cell, LoadSuite } from '../../../benchmarks/suites/load-suite.ts';
import { table } from '../../../benchmarks/table.ts';

const MB = 1e6;

function cell(given: Partial<Cell> = {}): Cell {
  return {
    perSecond: 1_000,
    balancerMicros: 0,
    workersMicros: 100,
    systemMicros: 100,
    deviation: 0,
    errors: 0,
    foreign: 0,
    ...given,
  };
}

const suite: LoadSuite = {
  name: 'short',
  title: 'A connection per request, 4 workers',
  unit: 'connections',
  app: 'http.cjs',
  load: { generator: 'wrk 4', run: () => Promise.reject(new Error('not run here')) },
  workers: 4,
};

const CLUSTER = { id: 'cluster', label: "Node's cluster" } as const;
const SHARED = { id: 'shared-accept', label: 'Tidegate shared' } as const;

describe('a verdict', () => {
  const estimate = { median: 1, low: 0.9, high: 1.1 };

  it('needs the whole interval on the right side', () => {
    expect(verdict(estimate, { atLeast: 0.9 })).to.equal('met');
    expect(verdict(estimate, { atMost: 1.1 })).to.equal('met');
  });

  it('is certain only when the whole interval is on the wrong side', () => {
    expect(verdict(estimate, { atLeast: 1.11 })).to.equal('not met');
    expect(verdict(estimate, { atMost: 0.89 })).to.equal('not met');
  });

  it('is open while the goal lies within', () => {
    expect(verdict(estimate, { atLeast: 1 })).to.equal('undecided');
    expect(verdict(estimate, { atMost: 1 })).to.equal('undecided');
  });
});

describe('the report of a load', () => {
  it('compares within each round, so that a slow second of the machine cancels out', () => {
    const figures = new Map([
      [CLUSTER.id, [cell(), cell({ perSecond: 500, systemMicros: 200 }), cell()]],
      [
        SHARED.id,
        [cell({ perSecond: 3_000 }), cell({ perSecond: 1_500, systemMicros: 80 }), cell({ perSecond: 3_000 })],
      ],
    ] as const);
    const { rows } = loadReport(suite, [CLUSTER, SHARED], figures, 'cluster', seededRandom(1));
    expect(rows[0]?.perSecondRatio).to.deep.equal({ median: 1, low: 1, high: 1 });
    expect(rows[1]?.perSecondRatio).to.deep.equal({ median: 3, low: 3, high: 3 });
    expect(rows[1]?.systemRatio).to.deep.equal({ median: 1, low: 0.4, high: 1 });
  });

  it('judges the goals of its suite and number of workers, of the contenders that there are', () => {
    const good = cell({ perSecond: 2_900, systemMicros: 50, deviation: 0.1 });
    const figures = new Map([
      [CLUSTER.id, [cell(), cell()]],
      [SHARED.id, [good, good]],
    ] as const);
    const { goals } = loadReport(suite, [CLUSTER, SHARED], figures, 'cluster', seededRandom(1));
    expect(goals.map(({ text, verdict: judged }) => [text, judged])).to.deep.equal([
      ["Tidegate shared: connections/s ÷ Node's cluster", 'met'],
      ["Tidegate shared: system CPU per connection ÷ Node's cluster", 'met'],
      ['Tidegate shared: connections of a worker, deviation from even', 'met'],
    ]);
  });

  it('adds errors up, and tells of the time that others took', () => {
    const figures = new Map([[CLUSTER.id, [cell({ errors: 2, foreign: 0.3 }), cell({ errors: 3, foreign: 0.1 })]]]);
    const report = loadReport(suite, [CLUSTER], figures, 'cluster', seededRandom(1));
    expect(report.rows[0]?.errors).to.equal(5);
    expect(report.foreign).to.deep.equal({ median: 0.2, most: 0.3 });
    expect(loadLines(report).at(-1)).to.equal(
      '  other processes took 20.0 % of a core (median; at most 30.0 %): too much to trust these figures',
    );
  });

  it('cannot be made without what the others are compared with', () => {
    expect(() => loadReport(suite, [SHARED], new Map([[SHARED.id, [cell()]]]), 'cluster', seededRandom(1))).to.throw(
      'cluster has not been measured',
    );
  });
});

describe('the report of starts', () => {
  it('compares the pairs and what the agent adds to a worker', () => {
    const round = {
      bareReadyMs: 100,
      readyMs: 105,
      bareMemory: { rssBytes: 40 * MB, pssBytes: 10 * MB },
      memory: { rssBytes: 43 * MB, pssBytes: 12 * MB },
    };
    const { goals, addedRssMegabytes } = startReport([round, round, round], seededRandom(1));
    expect(addedRssMegabytes.median).to.equal(3);
    expect(goals.map(({ estimate: { median }, verdict: judged }) => [median, judged])).to.deep.equal([
      [1.05, 'met'],
      [2, 'met'],
    ]);
  });
});

describe('the goals of an idle primary', () => {
  it('are half a percent of a core and 80 MB', () => {
    const judged = (cpu: number, megabytes: number): string[] =>
      idleGoals({ cpu, rssBytes: megabytes * MB }).map((goal) => goal.verdict);
    expect(judged(0.005, 80)).to.deep.equal(['met', 'met']);
    expect(judged(0.0051, 80.1)).to.deep.equal(['not met', 'not met']);
  });
});

describe('the printed result', () => {
  it('aligns names to the left and figures to the right', () => {
    expect(
      table([
        ['', 'requests/s'],
        ['alone', '9'],
      ]),
    ).to.deep.equal(['         requests/s', '  alone           9']);
  });

  it('counts the verdicts', () => {
    const goal = { text: 'a', bound: { atMost: 1 }, estimate: { median: 1, low: 1, high: 1 } };
    const lines = verdictLines([
      { ...goal, verdict: 'met' },
      { ...goal, text: 'b', verdict: 'undecided' },
    ]);
    expect(lines).to.deep.equal([
      'Goals: 1 met, 0 not met, 1 undecided',
      '  a  ≤ 1  1.00        met',
      '  b  ≤ 1  1.00  undecided',
    ]);
  });
});
