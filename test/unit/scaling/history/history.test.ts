import { expect } from 'chai';
import fc from 'fast-check';
import { historyFigures, mergeOf } from '../../../../src/scaling/history/figures.ts';
import { History, MAX_POINTS } from '../../../../src/scaling/history/history.ts';
import {
  CorruptHistoryError,
  decodeHistory,
  encodeHistory,
  ForeignFileError,
} from '../../../../src/scaling/history/history-format.ts';
import { MAX_SERIES } from '../../../../src/scaling/history/resolution.ts';
import { Series } from '../../../../src/scaling/history/series.ts';
import { observation, START_MS, sample, status, worker } from '../fixtures/cluster-fixtures.ts';

/** A multiple of every step. */
const T0 = 1_700_000_040_000 - (1_700_000_040_000 % 60_000);
const SMALL = [
  { stepMs: 1_000, length: 60 },
  { stepMs: 10_000, length: 60 },
  { stepMs: 60_000, length: 60 },
];

describe('History', () => {
  let history: History;

  beforeEach(() => {
    history = new History(mergeOf, SMALL);
  });

  /** `value(second)` once a second. */
  function fill(seconds: number, value: (second: number) => number | null, name = 'cpu', fromMs = T0): void {
    for (let second = 0; second < seconds; second += 1)
      history.note(fromMs + second * 1_000, { [name]: value(second) });
  }

  function read(fromS: number, toS: number, stepMs: number, name = 'cpu') {
    const {
      fromMs,
      stepMs: step,
      series,
    } = history.query({
      fromMs: T0 + fromS * 1_000,
      toMs: T0 + toS * 1_000,
      stepMs,
      names: [name],
    });
    return { fromS: (fromMs - T0) / 1_000, stepMs: step, values: series[name] };
  }

  it('gives each second back, and leaves out the one that is under way', () => {
    fill(10, (second) => second);
    expect(read(2, 20, 1_000)).to.deep.equal({ fromS: 2, stepMs: 1_000, values: [2, 3, 4, 5, 6, 7, 8] });
  });

  it('looks at no more ticks than it has, however far back it is asked for', () => {
    fill(100, (second) => second);
    let looks = 0;
    const { at } = Series.prototype;
    Series.prototype.at = function (this: Series, ...given: Parameters<typeof at>): number {
      looks += 1;
      return at.apply(this, given);
    };
    try {
      const { series } = history.query({ fromMs: 0, toMs: T0 + 100_000, stepMs: 1_000, names: ['cpu'] });
      expect(series.cpu).to.have.length.within(1, MAX_POINTS + 1);
    } finally {
      Series.prototype.at = at;
    }
    expect(looks).to.be.at.most(60);
  });

  it('gives fewer points of each series when many are asked for', () => {
    const names = Array.from({ length: 100 }, (_, index) => `worker.${index}.cpu`);
    history = new History(mergeOf);
    history.note(T0, Object.fromEntries(names.map((name) => [name, 1])));
    history.note(T0 + 3_600_000, {});
    const { series } = history.query({ fromMs: T0, toMs: T0 + 3_600_000, stepMs: 1_000, names });
    const [first = []] = Object.values(series);
    expect(Object.keys(series)).to.have.length(100);
    expect(first).to.have.length.within(720, 2_201);
  });

  it('means the values of a longer step, and takes the highest of a percentile', () => {
    fill(41, (second) => second);
    expect(read(0, 40, 10_000)).to.deep.equal({ fromS: 0, stepMs: 10_000, values: [4.5, 14.5, 24.5, 34.5] });
    fill(41, (second) => second, 'latencyP99Ms', T0 + 60_000);
    expect(read(60, 100, 10_000, 'latencyP99Ms').values).to.deep.equal([9, 19, 29, 39]);
  });

  it('takes several values within a second', () => {
    for (const [ms, cpu] of [
      [0, 1],
      [250, 2],
      [900, 6],
      [1_000, 100],
    ] as const)
      history.note(T0 + ms, { cpu });
    expect(read(0, 1, 1_000).values).to.deep.equal([3]);
  });

  it('knows nothing of what was not told', () => {
    fill(3, () => 1);
    fill(3, (second) => (second === 1 ? null : 2), 'cpu', T0 + 6_000);
    history.note(T0 + 9_000, {});
    expect(read(0, 9, 1_000).values).to.deep.equal([1, 1, 1, null, null, null, 2, null, 2]);
    expect(history.query({ fromMs: T0, toMs: T0 + 1, stepMs: 1, names: ['none'] }).series).to.deep.equal({});
  });

  it('forgets what is older than its rings, and answers of the past from the coarser ones', () => {
    fill(601, () => 5);
    const recent = read(550, 555, 1_000);
    expect([recent.stepMs, recent.values]).to.deep.equal([1_000, [5, 5, 5, 5, 5]]);
    const past = read(0, 60, 1_000);
    expect(past.stepMs).to.equal(10_000);
    expect(past.values).to.deep.equal([5, 5, 5, 5, 5, 5]);
    expect(read(0, 600, 60_000).values).to.deep.equal(Array.from({ length: 10 }, () => 5));
  });

  it('does not show values of an earlier turn of the ring after a long gap', () => {
    fill(60, () => 1);
    history.note(T0 + 100_000, { cpu: 2 });
    history.note(T0 + 101_000, {});
    const { values } = read(41, 101, 1_000);
    expect(values?.slice(-1)).to.deep.equal([2]);
    expect(values?.slice(19, -1).every((value) => value === null)).to.equal(true);
    history.note(T0 + 100_000_000, { cpu: 3 });
    expect(read(99_941, 100_000, 1_000).values?.every((value) => value === null)).to.equal(true);
  });

  it('waits for a clock that went back', () => {
    fill(5, () => 1);
    history.note(T0 + 1_000, { cpu: 99 });
    history.note(T0 + 5_000, { cpu: 1 });
    expect(read(0, 5, 1_000).values).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it('makes steps longer rather than answering with more points than anybody can see', () => {
    history = new History(mergeOf);
    history.note(T0, { cpu: 1 });
    history.note(T0 + 3_600_000, { cpu: 1 });
    const { stepMs, series } = history.query({ fromMs: T0 - 6 * 86_400_000, toMs: T0, stepMs: 1_000, names: ['cpu'] });
    expect(series.cpu?.length).to.be.at.most(MAX_POINTS);
    expect(stepMs).to.equal(60_000);
  });

  it('holds so many series and no more', () => {
    for (let index = 0; index < MAX_SERIES + 5; index += 1) history.note(T0, { [`s${index}`]: 1 });
    expect(history.names).to.have.length(MAX_SERIES);
  });

  it('agrees with a plain list of values, whatever gaps there are', () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 0, max: 1_000 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(gaps, (steps) => {
        history = new History(mergeOf, SMALL);
        const plain = new Map<number, number>();
        let second = 0;
        for (const [gap, value] of steps) {
          second += gap;
          history.note(T0 + second * 1_000, { cpu: value });
          plain.set(second, value);
        }
        const first = Math.max(0, second - 60);
        const { values = [] } = read(first, second, 1_000);
        const expected = Array.from({ length: second - first }, (_, index) => plain.get(first + index) ?? null);
        if (plain.size > 0) expect(values).to.deep.equal(expected);
      }),
    );
  });

  it('goes on when the clock went back, without what it had of the time to come', () => {
    fill(30, (second) => second);
    fill(5, () => 100, 'cpu', T0 + 300_000);
    fill(12, () => 50, 'cpu', T0 + 20_000);
    expect(read(0, 30, 10_000).values).to.deep.equal([4.5, 14.5, 50]);
    expect(read(28, 31, 1_000).values).to.deep.equal([50, 50, 50]);
    const early = new History(mergeOf, SMALL);
    early.note(T0 + 10 * 86_400_000, { cpu: 9 });
    for (let second = 0; second < 3; second += 1) early.note(T0 + second * 1_000, { cpu: 1 });
    expect(
      early.query({ fromMs: T0 - 1_000, toMs: T0 + 3_000, stepMs: 1_000, names: ['cpu'] }).series.cpu,
    ).to.deep.equal([null, 1, 1]);
  });

  describe('as bytes', () => {
    it('comes back as it was, with a gap for the time between', () => {
      fill(100, (second) => second);
      const later = new History(mergeOf, SMALL);
      const nowMs = T0 + 110_000;
      decodeHistory(encodeHistory(history), later, nowMs);
      later.note(nowMs, { cpu: 7 });
      later.note(nowMs + 1_000, { cpu: 7 });
      const query = { fromMs: T0 + 95_000, toMs: nowMs + 1_000, stepMs: 1_000, names: ['cpu'] };
      expect(later.query(query).series.cpu).to.deep.equal([
        ...[95, 96, 97, 98],
        ...Array.from({ length: 11 }, () => null),
        7,
      ]);
    });

    it('refuses what is not a history, and what is damaged', () => {
      fill(10, (second) => second);
      const bytes = encodeHistory(history);
      const empty = (): History => new History(mergeOf, SMALL);
      const foreign = (): void => decodeHistory(Buffer.from('root:x:0:0'), empty(), T0);
      expect(foreign).to.throw(ForeignFileError).with.property('code', 'HISTORY_FOREIGN_FILE');
      fc.assert(
        fc.property(fc.integer({ min: 19, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
          const damaged = Buffer.from(bytes);
          damaged[at] = ((damaged[at] as number) + by) % 256;
          expect(() => decodeHistory(damaged, empty(), T0)).to.throw(CorruptHistoryError);
          expect(() => decodeHistory(bytes.subarray(0, at), empty(), T0)).to.throw(CorruptHistoryError);
        }),
      );
      const other = new History(mergeOf, [{ stepMs: 5_000, length: 60 }]);
      expect(() => decodeHistory(bytes, other, T0)).to.throw('other resolutions');
    });
  });
});

describe('the figures of the history', () => {
  it('are of the whole, and of each slot that is ready', () => {
    const one = worker({ id: 1, slot: 0, sample: sample({ elu: 0.2, cpu: 0.5 }) });
    const two = worker({ id: 2, slot: 1, sample: sample({ elu: 0.6, cpu: 0.5 }) });
    const leaving = worker({ id: 3, slot: 2, phase: 'draining', sample: sample({ elu: 1 }) });
    const figures = historyFigures(observation([], { atMs: START_MS }), status([one, two, leaving]), 5);
    expect(figures).to.include({ cpu: 1, eluMean: 0.4, eluMax: 0.6, primaryRssBytes: 5, 'worker.1.elu': 0.6 });
    expect(Object.keys(figures).filter((name) => name.startsWith('worker.2'))).to.deep.equal([]);
  });

  it('merge percentiles and maxima by the highest, others by the mean', () => {
    expect(['latencyP99Ms', 'latencyP50Ms', 'eluMax', 'loopDelayP99Ms'].map(mergeOf)).to.deep.equal([
      'max',
      'max',
      'max',
      'max',
    ]);
    expect(['cpu', 'requestsPerSecond', 'worker.0.elu', 'eluMean'].map(mergeOf)).to.deep.equal([
      'mean',
      'mean',
      'mean',
      'mean',
    ]);
  });
});
