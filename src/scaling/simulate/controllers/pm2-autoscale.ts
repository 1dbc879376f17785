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

/**
 * The rule of the `pm2-autoscale` module.
 *
 * Clean-room, from its README (https://www.npmjs.com/package/pm2-autoscale): a worker is added when the CPU of one reaches
 * `scale_cpu_threshold` (30 %), at most one in `min_seconds_to_add_worker` (10 s); one is taken away when their mean is below
 * `release_cpu_threshold` (5 %), at most one in `min_seconds_to_release_worker` (30 s).
 */
class Pm2Autoscale implements Controller {
  readonly #facts: RunFacts;
  readonly #add: number;
  readonly #release: number;
  readonly #cpu = new Readings(({ cpu }) => cpu, 1_000);
  #addedAtMs = Number.NEGATIVE_INFINITY;
  #releasedAtMs = Number.NEGATIVE_INFINITY;
  #desired: number;

  constructor(setting: Setting, facts: RunFacts) {
    this.#facts = facts;
    this.#add = numberOf(setting, 'addPercent') / 100;
    this.#release = numberOf(setting, 'releasePercent') / 100;
    this.#desired = facts.initial;
  }

  decide({ nowMs, observation }: ControllerView) {
    this.#cpu.note(nowMs, observation);
    const [highest, mean] = [this.#cpu.highest(), this.#cpu.mean(nowMs, 1_000)];
    const { limits } = this.#facts;
    if (highest !== null && highest >= this.#add) {
      if (nowMs - this.#addedAtMs < 10_000 || this.#desired >= limits.max) return this.#hold();
      this.#addedAtMs = nowMs;
      this.#desired = clampTo(limits, this.#desired + 1);
      return { desired: this.#desired, reason: 'CPU of a worker above its threshold' };
    }
    const quietSinceMs = Math.max(this.#releasedAtMs, this.#addedAtMs);
    if (mean === null || mean >= this.#release || nowMs - quietSinceMs < 30_000) return this.#hold();
    this.#releasedAtMs = nowMs;
    this.#desired = clampTo(limits, this.#desired - 1);
    return { desired: this.#desired, reason: 'mean CPU below its threshold' };
  }

  #hold() {
    return { desired: this.#desired, reason: 'between its thresholds' };
  }
}

export const pm2Autoscale: Family = {
  name: 'pm2-autoscale',
  title: "the pm2-autoscale module's rule",
  defaults: { addPercent: 30, releasePercent: 5 },
  grid: combinations({ addPercent: [30, 70], releasePercent: [5, 25] }),
  create: (setting, facts) => new Pm2Autoscale(setting, facts),
};
