import type { Evidence } from './evidence.ts';
import { learn } from './learned.ts';
import { memoryBudget } from './memory-budget.ts';
import type { Observation } from './observation.ts';
import type { ScalingPolicy } from './policy.ts';
import type { RecommenderInput } from './recommender.ts';
import { extendSeries, sampleOf } from './series.ts';
import type { ScalerState } from './state.ts';
import { isObserved, type Unobserved } from './unobserved.ts';

/** Adds the observation to what was seen before. One that was seen already (a pin acts on the latest) adds nothing and confirms nothing. */
export function gather(
  policy: ScalingPolicy,
  state: ScalerState,
  observation: Observation | Unobserved,
  nowMs: number,
): RecommenderInput {
  if (!isObserved(observation)) {
    const evidence: Evidence = { nowMs, newest: null, series: state.series };
    const { desired } = state;
    return {
      policy,
      state,
      observation: null,
      evidence,
      fresh: false,
      early: false,
      desired,
      ready: null,
      pending: null,
      memory: null,
      learned: state.learned,
      nowMs,
    };
  }
  const isNew = observation.atMs > (state.series.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY);
  const early = isNew && observation.saturatedMs !== undefined;
  const fresh = isNew && !early;
  const series = isNew ? extendSeries(state.series, sampleOf(observation, policy), policy) : state.series;
  const newest = series.at(-1) ?? null;
  const sinceMs = observation.atMs - (state.series.at(-1)?.atMs ?? observation.atMs);
  const learned = fresh ? learn(state.learned, observation, sinceMs) : state.learned;
  const ready = observation.workers.filter((worker) => worker.phase === 'ready').length;
  return {
    policy,
    state,
    observation,
    evidence: { nowMs, newest, series },
    fresh,
    early,
    desired: observation.desired,
    ready,
    pending: Math.max(0, observation.desired - ready),
    memory: memoryBudget(observation, policy.guards.memoryReserveRatio, learned.workerBytes),
    learned,
    nowMs,
  };
}
