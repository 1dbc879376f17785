import type { ServiceProfile } from '../../src/scaling/simulate/load/profile.ts';
import { parseProfile } from '../../src/scaling/simulate/load/profile-file.ts';
import type { Arrival } from '../load/open-loop.ts';
import { median } from '../statistics.ts';
import type { Timeline } from './timeline.ts';

/** What one steady run tells of a service and of the machine that it runs on. */
export interface Calibration {
  readonly profile: ServiceProfile;
  readonly startMs: number;
}

/**
 * Measures a service: event-loop time of a request and how it varies, the share of it that uses a core, the size of a worker, and how
 * long one takes to start.
 * @param warmUpMs of the run, which is left out
 */
export function calibrate(
  { moments }: Timeline,
  arrivals: readonly Arrival[],
  objectiveMs: number,
  warmUpMs: number,
): Calibration {
  const fromMs = (moments[0]?.atMs ?? 0) + warmUpMs;
  const seen = moments.flatMap(({ atMs, observation }) =>
    atMs >= fromMs && observation !== null ? [observation] : [],
  );
  let [busyMs, coreMs, completed] = [0, 0, 0];
  for (const { workers, traffic } of seen) {
    if (traffic === null) continue;
    completed += traffic.completed;
    for (const { figures } of workers) {
      busyMs += (figures?.elu ?? 0) * traffic.intervalMs;
      coreMs += (figures?.cpu ?? 0) * traffic.intervalMs;
    }
  }
  if (completed === 0) throw new Error('the steady run answered no request');
  // A lightly loaded worker's latency is its service time, apart from the few requests that meet another: the quartiles leave them out.
  const latencies = arrivals.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b);
  const at = (quantile: number): number => latencies[Math.floor(quantile * (latencies.length - 1))] as number;
  const normalSpread = 1.349;
  const sizes = seen.flatMap(({ workers }) => workers.flatMap(({ figures }) => figures?.rssBytes ?? []));
  const starts = moments.flatMap(({ record }) => record.demand?.startMs ?? []);
  return {
    profile: parseProfile(
      {
        cpuMs: busyMs / completed,
        cpuVariation: (at(0.75) - at(0.25)) / normalSpread / at(0.5),
        coreShare: Math.min(1, Math.max(0.01, coreMs / busyMs)),
        objectiveMs,
        warmUpExtra: 0,
        rssBytes: median(sizes),
      },
      'measured',
    ),
    startMs: starts.at(-1) ?? 0,
  };
}
