/** Event-loop utilization of the recent past, measured when asked: an idle app has no timer running for it. */
import type { EventLoopUtilization } from 'node:perf_hooks';

export interface EventLoopReading {
  /** Share of time the event loop was busy, 0..1. */
  readonly utilization: number;
  /** The time it is measured over: since the mark before last, so at least one window once the app ran that long. */
  readonly overSeconds: number;
}

/** `performance.eventLoopUtilization`: totals without an argument, the difference with one. */
export type UtilizationProbe = (since?: EventLoopUtilization) => EventLoopUtilization;

interface Mark {
  readonly atMs: number;
  readonly totals: EventLoopUtilization;
}

/** Readers that ask often get an average over the window, not over the moment since whoever asked last. */
export class EventLoopMeter {
  readonly #probe: UtilizationProbe;
  readonly #windowMs: number;
  #older: Mark;
  #newer: Mark;

  constructor(probe: UtilizationProbe, windowMs: number, nowMs: number) {
    this.#probe = probe;
    this.#windowMs = windowMs;
    this.#older = { atMs: nowMs, totals: probe() };
    this.#newer = this.#older;
  }

  read(nowMs: number): EventLoopReading {
    if (nowMs - this.#newer.atMs >= this.#windowMs) {
      this.#older = this.#newer;
      this.#newer = { atMs: nowMs, totals: this.#probe() };
    }
    const { utilization } = this.#probe(this.#older.totals);
    return {
      utilization: Math.round(utilization * 10_000) / 10_000,
      overSeconds: Math.round(nowMs - this.#older.atMs) / 1_000,
    };
  }
}
