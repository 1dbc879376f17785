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
import { HpaBehavior } from './hpa-behavior.ts';

const SYNC_MS = 15_000;
const TOLERANCE = 0.1;
const DOWN_WINDOW_MS = 300_000;

/**
 * KEDA with a Prometheus trigger on the request rate, `AverageValue`.
 *
 * Clean-room, from https://keda.sh/docs/latest/concepts/scaling-deployments/ and /scalers/prometheus/: above one replica KEDA feeds an
 * external metric to a HorizontalPodAutoscaler, which sets `ceil(total ÷ target)` every 15 s, with its tolerance and stabilization. The threshold has no default; `percent` of
 * what one event loop serves per second stands for the usual recommendation.
 */
class Keda implements Controller {
  readonly #facts: RunFacts;
  readonly #target: number;
  readonly #windowMs: number;
  readonly #behavior: HpaBehavior;
  #seen: { readonly atMs: number; readonly rate: number }[] = [];
  #desired: number;

  constructor(setting: Setting, facts: RunFacts) {
    this.#facts = facts;
    this.#target = ((numberOf(setting, 'percent') / 100) * 1_000) / facts.profile.cpuMs;
    this.#windowMs = numberOf(setting, 'rateWindowS') * 1_000;
    this.#behavior = new HpaBehavior(DOWN_WINDOW_MS, facts.initial);
    this.#desired = facts.initial;
  }

  decide({ nowMs, front }: ControllerView) {
    this.#seen = this.#seen.filter(({ atMs }) => atMs > nowMs - this.#windowMs);
    this.#seen.push({ atMs: nowMs, rate: front.requestsPerSecond });
    if (nowMs % SYNC_MS === 0) {
      const total = this.#seen.reduce((sum, { rate }) => sum + rate, 0) / this.#seen.length;
      const ratio = total / (this.#target * this.#desired);
      const wanted = Math.abs(ratio - 1) <= TOLERANCE ? this.#desired : Math.ceil(total / this.#target);
      this.#desired = clampTo(this.#facts.limits, this.#behavior.apply(nowMs, this.#desired, wanted));
    }
    return { desired: this.#desired, reason: `${Math.round(this.#target)} requests/s a worker` };
  }
}

export const keda: Family = {
  name: 'keda',
  title: 'KEDA, Prometheus trigger on the request rate',
  defaults: { percent: 70, rateWindowS: 60 },
  grid: combinations({ percent: [40, 55, 70], rateWindowS: [15, 60] }),
  create: (setting, facts) => new Keda(setting, facts),
};
