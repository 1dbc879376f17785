import { type Controller, clampTo, type Family, numberOf, type RunFacts, type Setting } from './controller.ts';

/** The noise of single seconds is smoothed over these: queues outlive a second, so capacity for each one would be too much. */
const SMOOTH_S = 3;

/**
 * Workers that a run needs in each second, known beforehand: the arrived work ÷ utilization.
 * @param utilization what the workers may be busy, 0..1
 */
export function neededWorkers({ arrivals, limits }: RunFacts, utilization: number): readonly number[] {
  const { erlangs } = arrivals;
  return Array.from(erlangs, (_, second) => {
    const from = Math.max(0, second - 1);
    const seen = erlangs.subarray(from, from + SMOOTH_S);
    const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
    return clampTo(limits, Math.ceil(mean / utilization));
  });
}

/**
 * Knows every request in advance: starts workers exactly early enough and keeps them over dips that are shorter than a start. What
 * it costs is what the others' costs are divided by. It is clairvoyant, not optimal: with the cheapest utilization that keeps its own violations
 * within 1 % it is close to the lower bound.
 */
class Oracle implements Controller {
  readonly #needed: readonly number[];
  readonly #aheadS: number;

  constructor(setting: Setting, facts: RunFacts) {
    this.#needed = neededWorkers(facts, numberOf(setting, 'percent') / 100);
    this.#aheadS = Math.ceil(facts.startMs * 1.15) / 1_000 + 1;
  }

  decide({ nowMs }: { readonly nowMs: number }) {
    const second = nowMs / 1_000;
    const ahead = this.#needed.slice(Math.floor(second), Math.ceil(second + this.#aheadS));
    const last = this.#needed.at(-1) ?? 1;
    return { desired: Math.max(...ahead, ahead.length === 0 ? last : 1), reason: 'knows what comes' };
  }
}

/** From the cheapest to the most careful. */
export const oracle: Family = {
  name: 'oracle',
  title: 'clairvoyant: knows every request in advance',
  defaults: { percent: 85 },
  grid: [95, 90, 85, 80, 75, 70, 60, 50, 40].map((percent) => ({ percent })),
  create: (setting, facts) => new Oracle(setting, facts),
};
