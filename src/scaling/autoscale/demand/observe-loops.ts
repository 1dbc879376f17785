import type { RecommenderInput } from '../recommender.ts';
import { freshFigures } from '../series.ts';
import { type LoopFigures, observeQueueing, type QueueingState } from './queueing.ts';

/**
 * Takes the loops of one observation into what is known of queueing: those of workers that are warmed up and have fresh figures.
 * @param waitMs what a usual request may wait
 * @param isSteady false: what queues now is of a change of the load
 */
export function observeLoops(
  { policy, state, observation }: RecommenderInput,
  serviceSeconds: number | null,
  waitMs: number,
  isSteady: boolean,
): QueueingState {
  const before = state.demand.queueing;
  if (observation === null) return before;
  const loops = observation.workers.flatMap((worker): LoopFigures[] => {
    const { id, phase, readyAtMs } = worker;
    const isWarm = phase === 'ready' && (readyAtMs === null || observation.atMs - readyAtMs >= policy.warmUpMs);
    const figures = isWarm ? freshFigures(worker, policy.staleAfterMs) : null;
    if (figures === null) return [];
    const { elu, runDelay, loopDelayP99Ms: delayMs } = figures;
    return [{ id, busy: Math.max(0, elu - (runDelay ?? 0)), delayMs }];
  });
  const variability = policy.demand.variability;
  return observeQueueing(before, observation, loops, { serviceSeconds, variability, waitMs, isSteady });
}
