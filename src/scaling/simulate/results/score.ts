import type { Change, RunTrace } from '../fleet/run.ts';
import type { Span, Workload } from '../load/workload.ts';
import { elasticity } from './elasticity.ts';

/** More than this share of violations makes a second or a window a bad one. */
const BAD_SHARE = 0.05;
const WINDOW_S = 10;
/** A step back within this time undoes the one before. */
const REVERSAL_S = 120;

/** One run in figures. */
export interface Score {
  readonly requests: number;
  /** Requests over the objective or unanswered, percent. */
  readonly violationPercent: number;
  /** Seconds in which more than 5 % of the requests violate it. */
  readonly violationSeconds: number;
  /** Windows of 10 s in which more than 5 % of the requests violate it, percent. */
  readonly badWindowPercent: number;
  readonly unanswered: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly workerSeconds: number;
  /** Worker-seconds ÷ those of the oracle. */
  readonly cost: number;
  /** Changes of the wanted number. */
  readonly actions: number;
  /** Of them, those in the other direction within 120 s. */
  readonly reversals: number;
  readonly reversalsPerHour: number;
  /** Scale-ups where none can help. */
  readonly wrongUps: number;
  /** Scale-downs where nobody can know. */
  readonly wrongDowns: number;
  /** SPEC's accuracy: workers missing and workers too many, mean over the run. */
  readonly underWorkers: number;
  readonly overWorkers: number;
  /** SPEC's timeshare: share of the time with too few and too many. */
  readonly underShare: number;
  readonly overShare: number;
  /** SPEC's instability: share of the time in which demand and supply do not move the same way. */
  readonly instability: number;
}

/**
 * @param needed workers needed in each second, for the elasticity figures
 * @param oracleSeconds worker-seconds of the oracle in the same run
 */
export function scoreOf(trace: RunTrace, workload: Workload, needed: readonly number[], oracleSeconds: number): Score {
  const { tally, changes, workerSeconds } = trace;
  const requests = sum(tally.total);
  const { mayNotGrow, mayNotShrink } = workload.disturbances;
  const reversals = reversalsIn(changes);
  return {
    requests,
    violationPercent: requests === 0 ? 0 : (100 * sum(tally.bad)) / requests,
    violationSeconds: badSpans(trace, 1),
    badWindowPercent: (100 * badSpans(trace, WINDOW_S)) / Math.ceil(tally.total.length / WINDOW_S),
    unanswered: tally.failed,
    p95Ms: tally.latencyAt(0.95),
    p99Ms: tally.latencyAt(0.99),
    workerSeconds,
    cost: workerSeconds / oracleSeconds,
    actions: changes.length,
    reversals,
    reversalsPerHour: (reversals * 3_600) / workload.durationS,
    wrongUps: changes.filter((change) => change.after > change.before && inside(change, mayNotGrow)).length,
    wrongDowns: changes.filter((change) => change.after < change.before && inside(change, mayNotShrink)).length,
    ...elasticity(needed, Array.from(trace.ready)),
  };
}

function badSpans({ tally }: RunTrace, lengthS: number): number {
  let bad = 0;
  for (let from = 0; from < tally.total.length; from += lengthS) {
    const total = sum(tally.total.subarray(from, from + lengthS));
    if (total > 0 && sum(tally.bad.subarray(from, from + lengthS)) > BAD_SHARE * total) bad += 1;
  }
  return bad;
}

/** Changes that go the other way than the one before, within `REVERSAL_S` of it. */
export function reversalsIn(changes: readonly Change[]): number {
  return changes.slice(1).filter((change, index) => {
    const previous = changes[index] as Change;
    const turned = Math.sign(change.after - change.before) !== Math.sign(previous.after - previous.before);
    return turned && change.atS - previous.atS <= REVERSAL_S;
  }).length;
}

function inside({ atS }: Change, span: Span | undefined): boolean {
  return span !== undefined && atS >= span.fromS && atS < span.untilS;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
