import type { Change, RunTrace } from '../fleet/run.ts';
import type { Arrivals } from '../load/arrivals.ts';

/** What the picture of one run is drawn from: one figure a second, rounded, so that a report stays small. */
export interface RunPicture {
  readonly workload: string;
  readonly contestant: string;
  readonly cell: string;
  readonly erlangs: readonly number[];
  readonly ready: readonly number[];
  readonly desired: readonly number[];
  /** Share of the requests sent in the second that violate the objective, 0..1. */
  readonly bad: readonly number[];
  readonly changes: readonly Change[];
}

export function pictureOf(
  trace: RunTrace,
  arrivals: Arrivals,
  names: Pick<RunPicture, 'workload' | 'contestant' | 'cell'>,
): RunPicture {
  const { total, bad } = trace.tally;
  return {
    ...names,
    erlangs: Array.from(arrivals.erlangs, (value) => Number(value.toFixed(2))),
    ready: Array.from(trace.ready),
    desired: Array.from(trace.desired),
    bad: Array.from(total, (count, second) => (count === 0 ? 0 : Number(((bad[second] as number) / count).toFixed(3)))),
    changes: trace.changes,
  };
}
