import { expect } from 'chai';
import {
  type Decision,
  marksOf,
  withDecisions,
} from '../../../../../src/scaling/management/dashboard/browser/decision-marks.ts';
import {
  figuresOf,
  ruleBars,
  sectionsOf,
} from '../../../../../src/scaling/management/dashboard/browser/explanation.ts';

function decision(id: number, action: string, reason = 'steady', before = 2, desired = 2): Decision {
  return { id, atMs: id * 1_000, action, reason, sentence: `${action} ${id}`, before, desired };
}

describe('decisions on the time line', () => {
  it('are those that changed something, and the first of each run of holds for one reason', () => {
    const held = [1, 2, 3].map((id) => decision(id, 'hold'));
    const known = withDecisions([], [...held, decision(4, 'scale-up', 'rule', 2, 4), decision(5, 'hold', 'rule')]);
    expect(known.map(({ id }) => id)).to.deep.equal([1, 4, 5]);
    const more = withDecisions(known, [
      decision(4, 'scale-up', 'rule', 2, 4),
      decision(6, 'hold', 'rule'),
      decision(7, 'hold', 'cooldown'),
    ]);
    expect(more.map(({ id }) => id)).to.deep.equal([1, 4, 5, 7]);
    expect(withDecisions(more, [], 2).map(({ id }) => id)).to.deep.equal([5, 7]);
  });

  it('are marked where they happened, and joined where they are too close', () => {
    const decisions = [
      decision(10, 'hold'),
      decision(50, 'scale-up', 'rule', 2, 4),
      decision(51, 'scale-up', 'rule', 4, 5),
      decision(80, 'scale-down', 'rule', 5, 4),
      decision(200, 'hold'),
    ];
    const marks = marksOf(decisions, 0, 100_000, 0.02);
    expect(marks.map(({ share, kind, decisions: ofMark }) => [share, kind, ofMark.length])).to.deep.equal([
      [0.1, 'hold', 1],
      [0.505, 'up', 2],
      [0.8, 'down', 1],
    ]);
  });

  it('are up or down by what they did in all', () => {
    const kindOf = (...decisions: Decision[]) => marksOf(decisions, 0, 1_000_000, 1)[0]?.kind;
    expect(kindOf(decision(1, 'scale-up', 'rule', 2, 3), decision(2, 'scale-down', 'rule', 3, 1))).to.equal('down');
    expect(kindOf(decision(1, 'scale-down', 'rule', 3, 2), decision(2, 'scale-up', 'rule', 2, 3))).to.equal('up');
    expect(kindOf(decision(1, 'hold'), decision(2, 'scale-up', 'rule', 2, 3))).to.equal('up');
  });
});

describe('the explanation of a decision', () => {
  it('is taken apart into sections by its indented lines', () => {
    const lines = [
      'Workers: 2 wanted',
      'Rules (they want 4):',
      '  cpu-high: holds',
      '  cpu-low: does not',
      'Machine: 2 cores',
      'Next possible: at once',
    ];
    expect(sectionsOf(lines)).to.deep.equal([
      { title: '', lines: ['Workers: 2 wanted'] },
      { title: 'Rules (they want 4)', lines: ['cpu-high: holds', 'cpu-low: does not'] },
      { title: '', lines: ['Machine: 2 cores', 'Next possible: at once'] },
    ]);
    expect(sectionsOf([])).to.deep.equal([]);
  });

  it('shows the figures that the record has, and no others', () => {
    const record = { id: 7, atMs: 0, action: 'scale-up', reason: 'demand', sentence: '', before: 2, desired: 4 };
    expect(figuresOf(record)).to.deep.equal([['Workers wanted', '2 → 4']]);
    const full = {
      ...record,
      ready: 2,
      limits: { min: 1, max: 10 },
      demand: { serviceMs: 21, offeredLoadErlangs: 2.9, need: 4, backlogSeconds: 0 },
      inputs: { machineCpu: 0.5, cores: 2, availableMemoryBytes: null, maxByMemory: null },
    };
    expect(figuresOf(full)).to.deep.equal([
      ['Workers wanted', '2 → 4'],
      ['Ready then', '2'],
      ['Limits', '1 to 10'],
      ['Offered load', '2.90 erlangs'],
      ['Needed for it', '4'],
      ['One request takes', '21 ms'],
      ['CPU of 2 cores', '50 %'],
    ]);
  });

  it('puts each rule’s value on a bar with its threshold, those that hold first and those without a value last', () => {
    const rule = { metric: 'cpu', condition: '≥ 80 %', threshold: 80, unit: '%', wants: null };
    const bars = ruleBars([
      { ...rule, name: 'none', value: null, status: 'missing' },
      { ...rule, name: 'calm', value: 40, status: 'clear' },
      { ...rule, name: 'busy', value: 100, status: 'holds', wants: 'up' },
    ]);
    expect(bars).to.deep.equal([
      { name: 'busy', text: 'cpu 100 %, ≥ 80 %: holds, wants up', share: 0.8, thresholdShare: 0.64, holds: true },
      { name: 'calm', text: 'cpu 40 %, ≥ 80 %: does not hold', share: 0.4, thresholdShare: 0.8, holds: false },
      { name: 'none', text: 'cpu: missing', share: null, thresholdShare: 0.8, holds: false },
    ]);
  });
});
