import { expect } from 'chai';
import fc from 'fast-check';
import {
  evaluate,
  type HealthLevel,
  initialState,
  type LevelChange,
  type ProbeSpec,
} from '../../../../src/scaling/health/probe-state.ts';

const SPEC: ProbeSpec = {
  name: 'temperature',
  unit: 'degrees',
  worseWhen: 'above',
  warning: { set: 70, clear: 60, rise: 2 },
  critical: { set: 90, clear: 80, rise: 3 },
  fall: 2,
  unknownAfter: 2,
};

/** Levels after each value, a second apart. */
function levels(spec: ProbeSpec, values: readonly (number | undefined)[]): HealthLevel[] {
  let state = initialState(0);
  return values.map((value, second) => {
    ({ state } = evaluate(spec, state, value, second * 1_000));
    return state.level;
  });
}

describe('a health probe', () => {
  it('is unknown before the first value, and then what the value says', () => {
    expect(initialState(5).level).to.equal('unknown');
    expect(levels(SPEC, [50])).to.deep.equal(['ok']);
  });

  it('becomes a warning after as many values in a row as it takes, and not before', () => {
    expect(levels(SPEC, [70, 70])).to.deep.equal(['ok', 'warning']);
    expect(levels(SPEC, [70, 50, 70, 50, 70])).to.deep.equal(['ok', 'ok', 'ok', 'ok', 'ok']);
  });

  it('becomes critical by way of a warning, which takes fewer values', () => {
    expect(levels(SPEC, [95, 95, 95])).to.deep.equal(['ok', 'warning', 'critical']);
  });

  it('stays at a warning while only some values are critical', () => {
    expect(levels(SPEC, [95, 75, 95, 75, 95, 95])).to.deep.equal(['ok', ...new Array<string>(5).fill('warning')]);
  });

  it('keeps a level until values are past its clear value', () => {
    expect(levels(SPEC, [70, 70, 61, 61, 61, 60, 60])).to.deep.equal([
      'ok',
      ...new Array<string>(5).fill('warning'),
      'ok',
    ]);
  });

  it('goes from critical to a warning, and from there to ok', () => {
    expect(levels(SPEC, [95, 95, 95, 81, 80, 80, 60, 60]).slice(2)).to.deep.equal([
      'critical',
      'critical',
      'critical',
      'warning',
      'warning',
      'ok',
    ]);
  });

  it('goes from critical straight to ok when values are good at once', () => {
    expect(levels(SPEC, [95, 95, 95, 10, 10])).to.deep.equal(['ok', 'warning', 'critical', 'critical', 'ok']);
  });

  it('does not flap on a value that swings around a threshold', () => {
    const swinging = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? 71 : 69));
    expect(new Set(levels(SPEC, [75, 75, ...swinging]).slice(1))).to.deep.equal(new Set(['warning']));
  });

  it('works the other way round where less is worse', () => {
    const spec: ProbeSpec = {
      ...SPEC,
      worseWhen: 'below',
      warning: { set: 0.9, clear: 1, rise: 1 },
      critical: { set: 0.5, clear: 0.75, rise: 1 },
      fall: 1,
    };
    expect(levels(spec, [1, 0.9, 0.95, 0.5, 0.7, 0.75, 1])).to.deep.equal([
      'ok',
      'warning',
      'warning',
      'critical',
      'critical',
      'warning',
      'ok',
    ]);
  });

  it('reaches a level only after the time it demands', () => {
    const spec: ProbeSpec = { ...SPEC, warning: { set: 70, clear: 60, rise: 1, forMs: 3_000 } };
    expect(levels(spec, [70, 70, 70, 70])).to.deep.equal(['ok', 'ok', 'ok', 'warning']);
    expect(levels(spec, [70, 70, 10, 70, 70])).to.deep.equal(['ok', 'ok', 'ok', 'ok', 'ok']);
  });

  it('becomes unknown after as many missing values as it takes, and counts its values anew', () => {
    expect(levels(SPEC, [50, undefined, undefined, 50])).to.deep.equal(['ok', 'ok', 'unknown', 'ok']);
    expect(levels(SPEC, [70, undefined, 70, 70])).to.deep.equal(['ok', 'ok', 'ok', 'warning']);
  });

  it('returns from unknown to the level it held, thresholds and all', () => {
    expect(levels(SPEC, [75, 75, undefined, undefined, 65, 60, 60])).to.deep.equal([
      'ok',
      'warning',
      'warning',
      'unknown',
      'warning',
      'warning',
      'ok',
    ]);
  });

  it('needs neither a warning nor a critical level', () => {
    const { warning: _, ...onlyCritical } = SPEC;
    expect(levels(onlyCritical, [95, 95, 95])).to.deep.equal(['ok', 'ok', 'critical']);
    const { critical: __, ...onlyWarning } = SPEC;
    expect(levels(onlyWarning, [95, 95, 95])).to.deep.equal(['ok', 'warning', 'warning']);
  });

  it('tells a change once, and since when it holds', () => {
    let state = initialState(0);
    const changes: (LevelChange | undefined)[] = [];
    const since: number[] = [];
    for (const [second, value] of [50, 70, 70, 71, 10, 10].entries()) {
      const step = evaluate(SPEC, state, value, second * 1_000);
      state = step.state;
      changes.push(step.changed);
      since.push(state.sinceMs);
    }
    expect(changes).to.deep.equal([
      { from: 'unknown', to: 'ok' },
      undefined,
      { from: 'ok', to: 'warning' },
      undefined,
      undefined,
      { from: 'warning', to: 'ok' },
    ]);
    expect(since).to.deep.equal([0, 0, 2_000, 2_000, 2_000, 5_000]);
  });

  it('shows the latest value, and null while it is missing', () => {
    const first = evaluate(SPEC, initialState(0), 42, 0).state;
    expect(first.value).to.equal(42);
    expect(evaluate(SPEC, first, undefined, 1_000).state.value).to.equal(null);
  });

  it('reaches critical only by way of a warning, whatever values come, and ends ok on good ones', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constant(undefined))), (values) => {
        const good = new Array<number>(SPEC.fall).fill(0);
        const seen = levels(SPEC, [...values, ...good]);
        expect(seen.at(-1)).to.equal('ok');
        seen.forEach((level, index) => {
          const before = index === 0 ? 'unknown' : seen[index - 1];
          // From ok to critical in one step would be a level reached without its warning.
          if (level === 'critical') expect(before).not.to.equal('ok');
        });
      }),
    );
  });

  it('changes at most once on a figure that stays between clear and set, whatever level it held', () => {
    const before = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 20 });
    const between = fc.array(fc.double({ min: 60.001, max: 69.999, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(before, between, (first, edge) => {
        const all = levels(SPEC, [...first, ...edge]);
        const seen = all.slice(first.length);
        const held = first.length === 0 ? 'unknown' : all[first.length - 1];
        const changes = seen.filter((level, index) => level !== (index === 0 ? held : seen[index - 1])).length;
        // From unknown to what it is, or from critical down to the warning that the band belongs to.
        expect(changes, String(all)).to.be.at.most(1);
        if (held === 'ok' || held === 'warning') expect(changes, String(all)).to.equal(0);
      }),
    );
  });

  it('needs two values in a row for each change of direction, however figures jump around an edge', () => {
    const rank = { unknown: -1, ok: 0, warning: 1, critical: 2 } as const;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(59, 61, 69, 71, 89, 91), { maxLength: 200 }), (values) => {
        const all = levels(SPEC, values);
        const changes = all.flatMap((level, index) => {
          const before = all[index - 1];
          return before === undefined || before === level ? [] : [{ index, up: rank[level] > rank[before] }];
        });
        changes.forEach(({ index, up }, nth) => {
          const before = changes[nth - 1];
          if (before !== undefined && before.up !== up) expect(index - before.index, String(all)).to.be.at.least(2);
        });
      }),
    );
  });

  it('demands its time anew, and no more, when the clock went back', () => {
    const lasting: ProbeSpec = { ...SPEC, warning: { set: 70, clear: 60, rise: 1, forMs: 1_000 } };
    const level = (values: readonly (readonly [value: number, atMs: number])[]): HealthLevel =>
      values.reduce((state, [value, atMs]) => evaluate(lasting, state, value, atMs).state, initialState(3_600_000))
        .level;
    expect(
      level([
        [75, 3_600_000],
        [75, 1_000],
        [75, 1_999],
      ]),
    ).to.equal('ok');
    expect(
      level([
        [75, 3_600_000],
        [75, 1_000],
        [75, 2_000],
      ]),
    ).to.equal('warning');
  });
});
