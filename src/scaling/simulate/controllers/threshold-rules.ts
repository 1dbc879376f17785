import { type LatencyHistogram, latencyAtQuantile } from '../../autoscale/latency-histogram.ts';
import type { TrafficObservation } from '../../autoscale/observation.ts';
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
 * Threshold rules as many in-house scalers have them, each with a cooldown of its own and nothing else: cpu ≥ 80 % adds two and
 * p95 ≥ 500 ms adds one, 300 s; cpu ≤ 30 % and p95 ≤ 100 ms take one away, 600 s. The first rule that holds acts.
 * The response time is that of the past second, as the workers report it.
 */
class ThresholdRules implements Controller {
  readonly #facts: RunFacts;
  readonly #setting: Setting;
  readonly #cpu = new Readings(({ cpu }) => cpu, 10_000);
  readonly #lastMs = new Map<string, number>();
  #desired: number;

  constructor(setting: Setting, facts: RunFacts) {
    this.#facts = facts;
    this.#setting = setting;
    this.#desired = facts.initial;
  }

  decide({ nowMs, observation }: ControllerView) {
    this.#cpu.note(nowMs, observation);
    const cpu = 100 * (this.#cpu.mean(nowMs, 10_000) ?? 0);
    const p95Ms = observation.traffic === null ? null : latencyAtQuantile(histogramOf(observation.traffic), 0.95);
    const is = (key: string): number => numberOf(this.#setting, key);
    const rules: readonly (readonly [string, boolean, number, number])[] = [
      ['cpu high', cpu >= is('cpuUp'), 2, is('upCooldownS')],
      ['response time high', p95Ms !== null && p95Ms >= is('p95Up'), 1, is('upCooldownS')],
      ['cpu low', cpu <= is('cpuDown'), -1, is('downCooldownS')],
      ['response time low', p95Ms !== null && p95Ms <= 100 && cpu < is('cpuUp') / 2, -1, is('downCooldownS')],
    ];
    for (const [name, holds, step, cooldownS] of rules) {
      const next = clampTo(this.#facts.limits, this.#desired + step);
      const restedMs = nowMs - (this.#lastMs.get(name) ?? Number.NEGATIVE_INFINITY);
      if (!holds || next === this.#desired || restedMs < cooldownS * 1_000) continue;
      this.#lastMs.set(name, nowMs);
      this.#desired = next;
      return { desired: next, reason: name };
    }
    return { desired: this.#desired, reason: 'no rule holds' };
  }
}

function histogramOf({ latencyBoundsMs: boundsMs, latencyCounts: counts }: TrafficObservation): LatencyHistogram {
  return { boundsMs, counts, total: counts.reduce((sum, count) => sum + count, 0) };
}

export const thresholdRules: Family = {
  name: 'threshold-rules',
  title: 'plain threshold rules (cpu, response time)',
  defaults: { cpuUp: 80, cpuDown: 30, p95Up: 500, upCooldownS: 300, downCooldownS: 600 },
  grid: [
    { cpuUp: 80, cpuDown: 30, p95Up: 500, upCooldownS: 300, downCooldownS: 600 },
    ...combinations({ cpuUp: [50, 65], cpuDown: [30], p95Up: [200], upCooldownS: [10, 30], downCooldownS: [60] }),
  ],
  create: (setting, facts) => new ThresholdRules(setting, facts),
};
