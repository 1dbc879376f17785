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
import { Readings } from './readings.ts';

const UP_WINDOW_MS = 10_000;
const DOWN_WINDOW_MS = 60_000;

/**
 * The rule of Platformatic Watt's dynamic workers.
 *
 * Clean-room, from https://docs.platformatic.dev/docs/guides/dynamic-workers (`dynamicWorkers` in the runtime's reference): mean
 * event-loop utilization of 10 s above `scaleUpELU` (0.8) adds one worker, of 60 s below `scaleDownELU` (0.2) takes one away; nothing for `cooldown`
 * (20 s) after a change, and a new worker is not judged for `gracePeriod` (30 s).
 */
class Watt implements Controller {
  readonly #facts: RunFacts;
  readonly #up: number;
  readonly #down: number;
  readonly #cooldownMs: number;
  readonly #graceMs: number;
  readonly #elu = new Readings(({ elu }) => elu, DOWN_WINDOW_MS);
  #changedAtMs = Number.NEGATIVE_INFINITY;
  #desired: number;

  constructor(setting: Setting, facts: RunFacts) {
    this.#facts = facts;
    this.#up = numberOf(setting, 'upPercent') / 100;
    this.#down = numberOf(setting, 'downPercent') / 100;
    this.#cooldownMs = numberOf(setting, 'cooldownS') * 1_000;
    this.#graceMs = numberOf(setting, 'graceS') * 1_000;
    this.#desired = facts.initial;
  }

  decide({ nowMs, observation }: ControllerView) {
    const grown = observation.workers.filter(
      ({ readyAtMs }) => readyAtMs !== null && observation.atMs - readyAtMs >= this.#graceMs,
    );
    this.#elu.note(nowMs, { ...observation, workers: grown });
    const steady = { desired: this.#desired, reason: 'between its thresholds' };
    if (nowMs - this.#changedAtMs < this.#cooldownMs) return { ...steady, reason: 'cooldown' };
    const [short, long] = [this.#elu.mean(nowMs, UP_WINDOW_MS), this.#elu.mean(nowMs, DOWN_WINDOW_MS)];
    const step = short !== null && short > this.#up ? 1 : long !== null && long < this.#down ? -1 : 0;
    const next = clampTo(this.#facts.limits, this.#desired + step);
    if (next === this.#desired) return steady;
    this.#desired = next;
    this.#changedAtMs = nowMs;
    return {
      desired: next,
      reason: step > 0 ? 'ELU above its threshold for 10 s' : 'ELU below its threshold for 60 s',
    };
  }
}

export const watt: Family = {
  name: 'watt',
  title: "Platformatic Watt's rule",
  defaults: { upPercent: 80, downPercent: 20, cooldownS: 20, graceS: 30 },
  grid: combinations({ upPercent: [50, 65], downPercent: [20, 35], cooldownS: [5], graceS: [0] }).concat([
    { upPercent: 80, downPercent: 20, cooldownS: 20, graceS: 30 },
  ]),
  create: (setting, facts) => new Watt(setting, facts),
};
