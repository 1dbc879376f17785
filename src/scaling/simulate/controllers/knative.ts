import {
  type Controller,
  type ControllerView,
  clampTo,
  combinations,
  type Family,
  numberOf,
  type RunFacts,
  type Setting,
} from './controller.ts';

const TICK_MS = 2_000;
/** `max-scale-up-rate` and `max-scale-down-rate` */
const UP_RATE = 1_000;
const DOWN_RATE = 2;

/**
 * Knative's pod autoscaler (KPA) on concurrency.
 *
 * Clean-room, from https://knative.dev/docs/serving/autoscaling/ (kpa-specific, concurrency) and the description of its algorithm there: a
 * stable window, a panic window of a tenth of it, panic when the short window wants twice the ready pods; in panic it never shrinks, and panic ends
 * when the threshold was not passed for a stable window. Its queue-proxy counts requests that wait in front of a pod as well.
 *
 * Knative's default target of 100 requests a pod is meant for pods with many threads. Here the target is in requests that one event
 * loop can hold, waiting included: `percent` of (event loop + waiting) ÷ event loop.
 */
class Kpa implements Controller {
  readonly #facts: RunFacts;
  readonly #target: number;
  readonly #stableMs: number;
  readonly #panicThreshold: number;
  #seen: { readonly atMs: number; readonly concurrency: number }[] = [];
  #panicSinceMs: number | null = null;
  #panicPods = 0;
  #desired: number;

  constructor(setting: Setting, facts: RunFacts) {
    const { cpuMs, ioMs } = facts.profile;
    this.#facts = facts;
    this.#target = (numberOf(setting, 'percent') / 100) * ((cpuMs + ioMs) / cpuMs);
    this.#stableMs = numberOf(setting, 'windowS') * 1_000;
    this.#panicThreshold = numberOf(setting, 'panicPercent') / 100;
    this.#desired = facts.initial;
  }

  decide({ nowMs, observation, front }: ControllerView) {
    this.#seen = this.#seen.filter(({ atMs }) => atMs > nowMs - this.#stableMs);
    this.#seen.push({ atMs: nowMs, concurrency: front.concurrency });
    if (nowMs % TICK_MS === 0) {
      const ready = Math.max(1, observation.workers.filter(({ phase }) => phase === 'ready').length);
      this.#desired = clampTo(this.#facts.limits, this.#scale(nowMs, ready));
    }
    return { desired: this.#desired, reason: this.#panicSinceMs === null ? 'stable window' : 'panic window' };
  }

  #scale(nowMs: number, ready: number): number {
    const lowest = Math.floor(ready / DOWN_RATE);
    const within = (pods: number): number => Math.min(Math.max(pods, lowest), Math.ceil(UP_RATE * ready));
    const panicWants = Math.ceil(this.#mean(nowMs - this.#stableMs / 10) / this.#target);
    const stable = within(Math.ceil(this.#mean(nowMs - this.#stableMs) / this.#target));
    const overThreshold = panicWants / ready >= this.#panicThreshold;
    if (overThreshold) this.#panicSinceMs = nowMs;
    else if (this.#panicSinceMs !== null && this.#panicSinceMs + this.#stableMs < nowMs) {
      this.#panicSinceMs = null;
      this.#panicPods = 0;
    }
    if (this.#panicSinceMs === null) return stable;
    this.#panicPods = Math.max(this.#panicPods, stable, within(panicWants), ready);
    return this.#panicPods;
  }

  #mean(afterMs: number): number {
    const seen = this.#seen.filter(({ atMs }) => atMs > afterMs);
    return seen.reduce((sum, { concurrency }) => sum + concurrency, 0) / Math.max(1, seen.length);
  }
}

export const knative: Family = {
  name: 'knative',
  title: 'Knative pod autoscaler (KPA)',
  defaults: { percent: 70, windowS: 60, panicPercent: 200 },
  grid: combinations({ percent: [40, 50, 60, 70], windowS: [60], panicPercent: [200] }).concat(
    combinations({ percent: [50, 70], windowS: [30], panicPercent: [200] }),
  ),
  create: (setting, facts) => new Kpa(setting, facts),
};
