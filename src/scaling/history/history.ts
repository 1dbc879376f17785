import { MAX_SERIES, RESOLUTIONS, type Resolution } from './resolution.ts';
import { type Merge, Series } from './series.ts';

/** Figures of one moment, by name; null: not known. */
export type Figures = Readonly<Record<string, number | null>>;

export interface HistoryQuery {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Wanted; the answer says what it is. */
  readonly stepMs: number;
  readonly names: readonly string[];
}

export interface HistoryAnswer {
  /** Of the first value: the beginning of its step. */
  readonly fromMs: number;
  readonly stepMs: number;
  /** One value per step from `fromMs`; null: not known. */
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
}

/** More points than a screen has; beyond them the step is made longer. */
export const MAX_POINTS = 11_000;
/** Of all series together: more would hold the process up, and hardly be drawn. */
const MAX_VALUES = 220_000;
/** And yet a chart of each. */
const FEWEST_POINTS = 720;
/** A clock that went back by less is waited for; by more, what it would have told of the time to come is forgotten. */
const WAITED_FOR_MS = 60_000;

/** The figures of the last days in memory: typed arrays that never grow, at three resolutions. */
export class History {
  readonly resolutions: readonly Resolution[];
  readonly #series = new Map<string, Series>();
  readonly #mergeOf: (name: string) => Merge;
  /** The tick that is under way at each resolution; -1: none yet. */
  readonly #current: number[];
  #advancedAtMs = Number.NEGATIVE_INFINITY;

  /** @param mergeOf how values of this figure are merged into longer steps */
  constructor(mergeOf: (name: string) => Merge, resolutions: readonly Resolution[] = RESOLUTIONS) {
    this.#mergeOf = mergeOf;
    this.resolutions = resolutions;
    this.#current = resolutions.map(() => -1);
  }

  get names(): readonly string[] {
    return [...this.#series.keys()];
  }

  /** Takes the figures of one moment. A clock that went back a little is waited for; beyond `MAX_SERIES` new names are left out. */
  note(nowMs: number, figures: Figures): void {
    if (!this.#advance(nowMs)) return;
    for (const [name, value] of Object.entries(figures)) {
      if (value === null || !Number.isFinite(value)) continue;
      this.#of(name)?.add(value);
    }
  }

  /** From the finest resolution that reaches back to `fromMs`, and no finer than is asked for. */
  query({ fromMs, toMs, stepMs, names }: HistoryQuery): HistoryAnswer {
    const resolution = this.#resolutionFor(fromMs, stepMs);
    const { stepMs: ownMs } = this.resolutions[resolution] as Resolution;
    const points = Math.min(MAX_POINTS, Math.max(FEWEST_POINTS, Math.floor(MAX_VALUES / names.length)));
    const fewest = Math.max(stepMs, (toMs - fromMs) / points, ownMs);
    const perPoint = Math.ceil(fewest / ownMs);
    const pointMs = perPoint * ownMs;
    const current = this.#current[resolution] as number;
    const firstPoint = Math.floor(fromMs / pointMs);
    // The step that is under way is left out: it would look like a dip.
    const lastPoint = Math.min(Math.ceil(toMs / pointMs), Math.floor(current / perPoint)) - 1;
    const series: Record<string, (number | null)[]> = {};
    for (const name of names) {
      const one = this.#series.get(name);
      if (one === undefined) continue;
      const values: (number | null)[] = [];
      for (let point = firstPoint; point <= lastPoint; point += 1) {
        values.push(merged(one, resolution, point * perPoint, perPoint, current));
      }
      series[name] = values;
    }
    return { fromMs: firstPoint * pointMs, stepMs: pointMs, series };
  }

  /** Series with their ticks, for a file. */
  *stored(): Generator<{ readonly name: string; readonly merge: Merge; readonly ticks: readonly StoredTicks[] }> {
    for (const [name, series] of this.#series) {
      const ticks = this.resolutions.map((_, resolution): StoredTicks => {
        const current = this.#current[resolution] as number;
        const first = series.first(resolution, current);
        if (first >= current) return { firstTick: 0, values: new Float32Array(0) };
        return { firstTick: first, values: series.slice(resolution, first, current) };
      });
      yield { name, merge: series.merge, ticks };
    }
  }

  /** Takes what a file has of one series; to be called before the first `note`. Ticks of the future are left out. */
  restore(name: string, ticks: readonly StoredTicks[], nowMs: number): void {
    if (!this.#advance(nowMs)) return;
    const series = this.#of(name);
    if (series === undefined) return;
    ticks.forEach(({ firstTick, values }, resolution) => {
      const { length } = this.resolutions[resolution] as Resolution;
      const current = this.#current[resolution] as number;
      const begin = Math.max(firstTick, current - length);
      const end = Math.min(firstTick + values.length, current);
      for (let tick = begin; tick < end; tick += 1) series.set(resolution, tick, values[tick - firstTick] as number);
      // Between the file and now nothing is known.
      if (begin < end) for (let tick = end; tick < current; tick += 1) series.set(resolution, tick, Number.NaN);
    });
  }

  /** Closes the ticks that are over; false: the clock went back a little. */
  #advance(nowMs: number): boolean {
    const ticks = this.resolutions.map(({ stepMs }) => Math.floor(nowMs / stepMs));
    if (nowMs < this.#advancedAtMs - WAITED_FOR_MS) this.#goBack(ticks);
    if (ticks.some((tick, resolution) => tick < (this.#current[resolution] as number))) return false;
    ticks.forEach((tick, resolution) => {
      const before = this.#current[resolution] as number;
      if (before === tick) return;
      if (before >= 0) for (const series of this.#series.values()) series.close(resolution, before, tick);
      this.#current[resolution] = tick;
    });
    this.#advancedAtMs = nowMs;
    return true;
  }

  #goBack(ticks: readonly number[]): void {
    ticks.forEach((tick, resolution) => {
      const before = this.#current[resolution] as number;
      for (const series of this.#series.values()) series.goBack(resolution, tick, before);
      this.#current[resolution] = tick;
    });
  }

  #of(name: string): Series | undefined {
    const known = this.#series.get(name);
    if (known !== undefined || this.#series.size >= MAX_SERIES) return known;
    const series = new Series(this.#mergeOf(name), this.resolutions);
    this.#series.set(name, series);
    return series;
  }

  #resolutionFor(fromMs: number, stepMs: number): number {
    const reaches = (resolution: number): boolean => {
      const { stepMs: ownMs, length } = this.resolutions[resolution] as Resolution;
      return fromMs / ownMs >= (this.#current[resolution] as number) - length;
    };
    let chosen = 0;
    for (let candidate = 0; candidate < this.resolutions.length; candidate += 1) {
      const isFineEnough = (this.resolutions[candidate] as Resolution).stepMs <= stepMs;
      if (candidate === 0 || isFineEnough || !reaches(chosen)) chosen = candidate;
    }
    return chosen;
  }
}

export interface StoredTicks {
  readonly firstTick: number;
  /** NaN: not known. */
  readonly values: Float32Array;
}

function merged(series: Series, resolution: number, first: number, count: number, current: number): number | null {
  let sum = 0;
  let known = 0;
  let max = Number.NEGATIVE_INFINITY;
  // However long a step is, there is no more to look at than the ring holds.
  const end = Math.min(first + count, current);
  for (let tick = Math.max(first, series.first(resolution, current)); tick < end; tick += 1) {
    const value = series.at(resolution, tick, current);
    if (Number.isNaN(value)) continue;
    sum += value;
    known += 1;
    if (value > max) max = value;
  }
  return known === 0 ? null : rounded(series.merge === 'max' ? max : sum / known);
}

/** Single precision has seven digits; printed as a double it would show ten more that mean nothing. */
function rounded(value: number): number {
  return Math.abs(value) >= 10_000 ? Math.round(value) : Math.round(value * 10_000) / 10_000;
}
