import { type TrafficTotals, trafficSince } from './traffic-totals.ts';

interface Mark {
  readonly atMs: number;
  readonly totals: TrafficTotals;
}

/** Traffic within a time, and how long that time really was. */
export interface WindowedTraffic {
  readonly windowMs: number;
  readonly traffic: TrafficTotals;
}

/** Marks this far apart: 13 of them, 6 KB a worker, for a window that is up to this much longer than asked. */
const SPACING_MS = 5_000;

/** Remembers totals of the last minute, to tell what happened since any moment in it. */
export class TrafficWindow {
  readonly #longestMs: number;
  readonly #marks: Mark[];
  #latest: Mark;

  /** `totals` as of `atMs`; `longestMs` is the longest window that will be asked for. */
  constructor(longestMs: number, atMs: number, totals: TrafficTotals) {
    this.#longestMs = longestMs;
    this.#latest = { atMs, totals };
    this.#marks = [this.#latest];
  }

  /** Notes newer totals. */
  note(atMs: number, totals: TrafficTotals): void {
    this.#latest = { atMs, totals };
    const lastMark = this.#marks[this.#marks.length - 1] as Mark;
    if (atMs - lastMark.atMs >= SPACING_MS) this.#marks.push(this.#latest);
    while ((this.#marks[1]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs - this.#longestMs) this.#marks.shift();
  }

  /** From the last mark at least `windowMs` before the latest totals (or from the first there is) to the latest totals. */
  since(windowMs: number): WindowedTraffic {
    const mark = this.#marks.findLast(({ atMs }) => atMs <= this.#latest.atMs - windowMs) ?? (this.#marks[0] as Mark);
    return {
      windowMs: this.#latest.atMs - mark.atMs,
      traffic: trafficSince(mark.totals, this.#latest.totals),
    };
  }
}
