import type { Resolution } from './resolution.ts';

/** How several values become one: their mean, or the highest, for figures of which the mean says nothing (a 99th percentile). */
export type Merge = 'mean' | 'max';

interface Ring {
  readonly values: Float32Array;
  /** The first tick that was ever written; what is before it was never known. */
  sinceTick: number;
  sum: number;
  count: number;
  max: number;
}

/**
 * One figure in the course of time, at every resolution. A tick is a time divided by the step. Rings are not filled beforehand: the system
 * gives memory page by page as they are written.
 */
export class Series {
  readonly merge: Merge;
  readonly #rings: readonly Ring[];

  constructor(merge: Merge, resolutions: readonly Resolution[]) {
    this.merge = merge;
    this.#rings = resolutions.map(({ length }) => ({
      values: new Float32Array(length),
      sinceTick: Number.POSITIVE_INFINITY,
      ...EMPTY,
    }));
  }

  /** Adds a value to the tick that is under way at every resolution. */
  add(value: number): void {
    for (const ring of this.#rings) {
      ring.sum += value;
      ring.count += 1;
      if (value > ring.max) ring.max = value;
    }
  }

  /** Ends a tick: what was added since the previous one becomes its value. Those after it, up to `next`, stay unknown. */
  close(resolution: number, tick: number, next: number): void {
    const ring = this.#rings[resolution] as Ring;
    const { values, count } = ring;
    if (count > 0) {
      const value = this.merge === 'max' ? ring.max : ring.sum / count;
      this.set(resolution, tick, value);
      Object.assign(ring, EMPTY);
    } else if (tick >= ring.sinceTick) {
      values[tick % values.length] = Number.NaN;
    }
    if (ring.sinceTick > tick) return;
    const gap = Math.min(next - tick - 1, values.length);
    for (let offset = 1; offset <= gap; offset += 1) values[(next - offset) % values.length] = Number.NaN;
  }

  /** The clock went back from `before` to `tick`: what was known of the time between is forgotten. */
  goBack(resolution: number, tick: number, before: number): void {
    const ring = this.#rings[resolution] as Ring;
    const { length } = ring.values;
    Object.assign(ring, EMPTY);
    if (ring.sinceTick >= tick || before - tick >= length) ring.sinceTick = Number.POSITIVE_INFINITY;
    else for (let later = tick; later < before; later += 1) ring.values[later % length] = Number.NaN;
  }

  /** The value of a tick that was closed before `current`; NaN: not known, or no longer. */
  at(resolution: number, tick: number, current: number): number {
    const { values, sinceTick } = this.#rings[resolution] as Ring;
    if (tick < sinceTick || tick >= current || tick < current - values.length) return Number.NaN;
    return values[tick % values.length] as number;
  }

  /** A copy of the values of the ticks from `first`, which must still be known, up to `current`. */
  slice(resolution: number, first: number, current: number): Float32Array {
    const { values } = this.#rings[resolution] as Ring;
    const copy = new Float32Array(current - first);
    const begin = first % values.length;
    const head = values.subarray(begin, begin + copy.length);
    copy.set(head);
    copy.set(values.subarray(0, copy.length - head.length), head.length);
    return copy;
  }

  /** The oldest tick that is still known; infinite: none. */
  first(resolution: number, current: number): number {
    const { values, sinceTick } = this.#rings[resolution] as Ring;
    return Math.max(sinceTick, current - values.length);
  }

  /** Writes one tick, as a file tells it. Ticks must come in order. */
  set(resolution: number, tick: number, value: number): void {
    const ring = this.#rings[resolution] as Ring;
    ring.values[tick % ring.values.length] = value;
    if (ring.sinceTick > tick) ring.sinceTick = tick;
  }
}

const EMPTY = { sum: 0, count: 0, max: Number.NEGATIVE_INFINITY };
