/** Traffic of one worker, or of all there ever were, counted since the beginning. */
import type { TelemetryTotals } from '../../ipc/status.ts';
import { addCounts, countsSince, emptyCounts } from './histogram.ts';

export interface TrafficTotals {
  readonly started: number;
  readonly completed: number;
  /** 5xx among the completed. */
  readonly errors: number;
  readonly aborted: number;
  readonly latencyCounts: readonly number[];
  readonly latencySumMs: number;
}

export const NO_TRAFFIC: TrafficTotals = {
  started: 0,
  completed: 0,
  errors: 0,
  aborted: 0,
  latencyCounts: emptyCounts(),
  latencySumMs: 0,
};

export function trafficOf(totals: TelemetryTotals): TrafficTotals {
  return {
    started: totals.requestsStarted,
    completed: totals.requestsCompleted,
    errors: totals.requestErrors,
    aborted: totals.requestsAborted,
    latencyCounts: totals.latencyCounts,
    latencySumMs: totals.latencySumMs,
  };
}

/** What happened between two readings; never negative. */
export function trafficSince(before: TrafficTotals, after: TrafficTotals): TrafficTotals {
  return {
    started: Math.max(0, after.started - before.started),
    completed: Math.max(0, after.completed - before.completed),
    errors: Math.max(0, after.errors - before.errors),
    aborted: Math.max(0, after.aborted - before.aborted),
    latencyCounts: countsSince(before.latencyCounts, after.latencyCounts),
    latencySumMs: Math.max(0, after.latencySumMs - before.latencySumMs),
  };
}

export function addTraffic(left: TrafficTotals, right: TrafficTotals): TrafficTotals {
  const latencyCounts = [...left.latencyCounts];
  addCounts(latencyCounts, right.latencyCounts);
  return {
    started: left.started + right.started,
    completed: left.completed + right.completed,
    errors: left.errors + right.errors,
    aborted: left.aborted + right.aborted,
    latencyCounts,
    latencySumMs: left.latencySumMs + right.latencySumMs,
  };
}
