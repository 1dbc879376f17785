import type { TrafficObservation } from '../observation.ts';

/** What is left of the objective for waiting, for a share of the requests. */
export interface Slack {
  readonly waitMs: number;
  readonly share: number;
}

/** Requests by latency bucket, as workers measure them: from the reading of a request to its answer. */
export interface Latencies {
  readonly latencyBoundsMs: readonly number[];
  readonly latencies: readonly number[];
}

const HALF_LIFE_SECONDS = 60;
/** Requests that take more than this part of the objective by themselves are late whatever the number of workers. */
const HOPELESS = 0.75;
/** Requests that take less than this part of it are all alike: they leave nearly all of it. */
const QUICK = 1 / 16;
/** With fewer requests the service time stands for all. */
const ENOUGH = 20;

/** Adds the requests of an interval to the decayed histogram. */
export function observeLatencies(
  { latencies, latencyBoundsMs }: Latencies,
  traffic: TrafficObservation | null,
  seconds: number,
): Latencies {
  if (traffic === null || traffic.completed === 0) return { latencies, latencyBoundsMs };
  const { latencyCounts, latencyBoundsMs: bounds } = traffic;
  if (bounds.length !== latencyBoundsMs.length) return { latencies: latencyCounts, latencyBoundsMs: bounds };
  const kept = 0.5 ** (seconds / HALF_LIFE_SECONDS);
  return { latencies: latencies.map((count, bucket) => count * kept + (latencyCounts[bucket] ?? 0)), latencyBoundsMs };
}

/** Groups of requests by what the objective leaves them for waiting, the most patient first; shares add up to 1. */
export function slacksOf(known: Latencies, serviceMs: number, objectiveMs: number): readonly Slack[] {
  const slacks: { waitMs: number; share: number }[] = [];
  let total = 0;
  for (const [bucket, boundMs] of known.latencyBoundsMs.entries()) {
    const count = known.latencies[bucket] ?? 0;
    if (boundMs > objectiveMs * HOPELESS) break;
    if (count <= 0) continue;
    total += count;
    const waitMs = objectiveMs - Math.max(boundMs, serviceMs);
    const last = slacks.at(-1);
    if (last === undefined || boundMs > objectiveMs * QUICK) slacks.push({ waitMs, share: count });
    else {
      last.share += count;
      last.waitMs = waitMs;
    }
  }
  if (total < ENOUGH) return [{ waitMs: objectiveMs - serviceMs, share: 1 }];
  return slacks.map(({ waitMs, share }) => ({ waitMs, share: share / total }));
}

/** What a usual request may wait: the objective, less its own time. */
export function usualWaitMs(slacks: readonly Slack[]): number {
  let share = 0;
  const usual = slacks.find((slack) => {
    share += slack.share;
    return share >= 0.5;
  });
  return Math.max(1, usual?.waitMs ?? 1);
}
