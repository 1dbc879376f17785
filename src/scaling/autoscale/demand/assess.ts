import type { RecommenderInput } from '../recommender.ts';
import type { DemandReport } from '../record.ts';
import type { Sample } from '../series.ts';
import type { DemandState } from './demand-state.ts';
import { confidenceOf, forecastLoad, noteForecast, observeLoad } from './forecast.ts';
import { backlogWhenReady, SHRINKS_BELOW, workersNeeded } from './need.ts';
import { observeLoops } from './observe-loops.ts';
import { backlogSeconds, busyErlangs, sharedBacklogSeconds } from './offered-load.ts';
import { slacksOf, usualWaitMs } from './own-time.ts';
import { type Burst, burstIn, isOverload, mayAsk, nextPanic } from './panic.ts';
import { plannedLoad } from './planned-load.ts';
import { queueingScaleMs } from './queueing.ts';
import { observeService, serviceSeconds } from './service-time.ts';
import { targetUtilization } from './target-utilization.ts';

/** What the demand core makes of an observation. */
export interface Assessment {
  readonly report: DemandReport;
  /** The burst that asks for workers now; null: none, or it has asked a moment ago. */
  readonly burst: Burst | null;
  /** Workers that the burst asks for. */
  readonly burstTarget: number;
  /** True: without the forecast, fewer would be needed. */
  readonly foreseen: boolean;
  /** Workers that are kept: as many as leave the others a little room below the target. */
  readonly kept: number;
  /** True: there is a burst, and it is one of many requests, or was there before. */
  readonly isSure: boolean;
  readonly next: DemandState;
}

/** A change is in the windows' means this much later, half of the fast one. */
const LAG_MS = 1_500;
/** Standard deviations of the load's mean that are nothing to be confirmed: chance stays within 39 times in 40. */
const BY_CHANCE = 2;
/** Loops this busy have no room for what comes while confirmations are waited for. */
const SATURATED = 0.95;
/** With loops busier than this no queue is steady. */
const STEADY_UTILIZATION = 0.9;

/** @returns null while nothing is known: at the start, and when nothing could be observed */
export function assess(input: RecommenderInput): Assessment | null {
  const { policy, state, evidence, ready, desired, fresh, early, learned, nowMs } = input;
  const { newest } = evidence;
  const { demand, guards } = policy;
  const { latencyObjectiveMs: objectiveMs } = guards;
  if (newest === null || ready === null || newest.fresh === 0) return null;
  const service = fresh ? observeService(state.demand.service, newest) : state.demand.service;
  const seconds = serviceSeconds(service);
  const burst = burstIn(newest, evidence.series.at(-2), seconds, objectiveMs, demand);
  const { queueing: known } = state.demand;
  const slacks = slacksOf(known, (seconds ?? 0) * 1_000, objectiveMs);
  const waitMs = usualWaitMs(slacks);
  const scaleMs = queueingScaleMs(known, { serviceSeconds: seconds, variability: demand.variability, waitMs });
  const load = plannedLoad(evidence, seconds, scaleMs, burst !== null);
  if (load === null) return null;
  const { present } = load;
  // Before its time only what chance can't explain is acted on: in a quarter of a second any queue can look like a burst.
  // In a quarter of a second any queue can look like a burst: before its time only what chance can't be is acted on.
  const acts = early ? burst !== null && load.isBurstSure : fresh;
  const isSteady = load.isSteady && newest.warming === 0 && load.normal < STEADY_UTILIZATION * newest.ready;
  const startMs = learned.startMs ?? demand.assumedStartMs;
  const horizonMs = startMs + LAG_MS;
  const seen = fresh ? observed(state.demand, newest, seconds, present, horizonMs) : state.demand.forecast;
  const forecast = forecastLoad(seen, present, horizonMs);
  const backlog = sharedBacklogSeconds(newest, seconds);
  const waiting = burst === null ? backlog : backlogWhenReady(backlog, present, ready, startMs);
  const utilization = targetUtilization(scaleMs, slacks, known.unevenness, demand);
  const needFor = (erlangs: number): number => workersNeeded(erlangs, waiting, utilization, demand.drainMs);
  const need = needFor(Math.max(present, forecast.erlangs));
  const asks = burst !== null && (acts || !early) && mayAsk(state.lastScaleUp?.atMs ?? null, startMs + LAG_MS, nowMs);
  const burstTarget = burst === null ? 0 : Math.ceil(ready * burst.factor);
  const { panic: before } = state.demand;
  const panic = acts ? nextPanic(before, burst, demand, nowMs) : before;
  // Of a steady load the mean itself differs by chance, and three observations of it are hardly more than one.
  const isMore = needFor(Math.max(present, forecast.erlangs) - BY_CHANCE * load.chance) > desired;
  const held = state.demand.confirmations + (isMore ? 1 : -state.demand.confirmations);
  const confirmations = fresh ? Math.min(policy.requiredConfirmations, held) : state.demand.confirmations;
  const late = backlog / newest.fresh > objectiveMs / 2_000;
  return {
    report: {
      serviceMs: seconds === null ? null : seconds * 1_000,
      offeredLoadErlangs: Math.max(present, forecast.erlangs),
      fastErlangs: load.fast,
      normalErlangs: load.normal,
      backlogSeconds: backlog,
      targetUtilization: utilization,
      need,
      forecast: { erlangs: forecast.erlangs, horizonMs, confidence: confidenceOf(seen) },
      panic: panic !== null && nowMs < panic.untilMs,
      urgent: (acts || !early) && (late || load.fast >= SATURATED * ready),
      confirmations,
      startMs,
    },
    burst: asks ? burst : null,
    burstTarget,
    foreseen: needFor(present) < need,
    kept: workersNeeded(load.normal, backlog, utilization * SHRINKS_BELOW, demand.drainMs),
    isSure: acts && burst !== null && (isOverload(newest, seconds) || (before !== null && nowMs < before.untilMs)),
    next: {
      service,
      queueing: fresh ? observeLoops(input, seconds, waitMs, isSteady) : known,
      forecast: seen,
      confirmations,
      panic,
    },
  };
}

function observed(
  { forecast }: DemandState,
  sample: Sample,
  serviceSeconds: number | null,
  present: number,
  horizonMs: number,
): DemandState['forecast'] {
  const busy = busyErlangs(sample) ?? present;
  // What no loop had time for is part of the load: it is what the fast window says, when that says more.
  const load = backlogSeconds(sample, serviceSeconds) > 0 ? Math.max(busy, present) : busy;
  return noteForecast(observeLoad(forecast, load, sample.atMs), present, horizonMs, sample.atMs);
}
