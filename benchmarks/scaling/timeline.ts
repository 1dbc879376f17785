import type { Observation } from '../../src/scaling/autoscale/observation.ts';
import type { ScalingPolicy } from '../../src/scaling/autoscale/policy.ts';
import type { DecisionRecord } from '../../src/scaling/autoscale/record.ts';
import { replay } from '../../src/scaling/simulate/recording/replay.ts';

/** One decision of a recorded run. */
export interface Moment {
  readonly atMs: number;
  readonly desired: number;
  /** Processes there were: those that start or drain cost as well. */
  readonly alive: number;
  readonly record: DecisionRecord;
  readonly observation: Observation | null;
}

export interface Timeline {
  readonly policy: ScalingPolicy;
  readonly moments: readonly Moment[];
}

/** Reads a recording of one run. */
export function timelineOf(recording: string): Timeline {
  const moments: Moment[] = [];
  let policy: ScalingPolicy | null = null;
  replay(recording.split('\n'), {
    policy: (recorded) => {
      policy = recorded;
      return recorded;
    },
    onRecord: (record, observation) => {
      const alive = observation?.workers.length ?? moments.at(-1)?.alive ?? 0;
      moments.push({ atMs: record.atMs, desired: record.desired, alive, record, observation });
    },
  });
  if (policy === null) throw new Error('the run was not recorded');
  return { policy, moments };
}

/** What there was at each second from `fromMs` on: the latest decision before its end. */
export function perSecond<T>(
  { moments }: Timeline,
  fromMs: number,
  seconds: number,
  read: (moment: Moment) => T,
): readonly T[] {
  return Array.from({ length: seconds }, (_, second) => {
    const untilMs = fromMs + (second + 1) * 1_000;
    const moment = moments.findLast(({ atMs }) => atMs <= untilMs) ?? moments[0];
    if (moment === undefined) throw new Error('the recording has no decision');
    return read(moment);
  });
}
