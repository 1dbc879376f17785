import type { RecommenderInput } from '../recommender.ts';
import type { DemandReport } from '../record.ts';
import type { Sample } from '../series.ts';
import type { DemandState } from './demand-state.ts';
import { confidenceOf, forecastLoad, noteForecast, observeLoad } from './forecast.ts';
import { workersNeeded } from './need.ts';
import { backlogSeconds, busyErlangs, offeredLoad, sharedBacklogSeconds } from './offered-load.ts';
import { type Burst, burstIn, mayAsk, nextPanic } from './panic.ts';
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
  readonly next: DemandState;
}

const FAST_MS = 3_000;
const NORMAL_MS = 10_000;
/** A change is in the windows' means this much later, half of the fast one. */
const LAG_MS = 1_500;
/** Loops this busy have no room for what comes while confirmations are waited for. */
const SATURATED = 0.95;

/** @returns null while nothing is known: at the start, and when nothing could be observed */
export function assess({
  policy,
  state,
  evidence,
  ready,
  desired,
  fresh,
  learned,
  nowMs,
}: RecommenderInput): Assessment | null {
  const { newest } = evidence;
  const { demand, guards } = policy;
  if (newest === null || ready === null) return null;
  const service = fresh ? observeService(state.demand.service, newest) : state.demand.service;
  const seconds = serviceSeconds(service);
  const fast = offeredLoad(evidence, FAST_MS, seconds);
  const normal = offeredLoad(evidence, NORMAL_MS, seconds);
  if (fast === null || normal === null || newest.fresh === 0) return null;
  const present = Math.max(fast, normal);
  const startMs = learned.startMs ?? demand.assumedStartMs;
  const horizonMs = startMs + LAG_MS;
  const seen = fresh ? observed(state.demand, newest, seconds, present, horizonMs) : state.demand.forecast;
  const forecast = forecastLoad(seen, present, horizonMs);
  const backlog = sharedBacklogSeconds(newest, seconds);
  const utilization = targetUtilization(seconds, guards.latencyObjectiveMs, demand);
  const needFor = (erlangs: number): number => workersNeeded(erlangs, backlog, utilization, demand.drainMs);
  const need = needFor(Math.max(present, forecast.erlangs));
  const burst = burstIn(newest, evidence.series.at(-2), seconds, guards.latencyObjectiveMs, demand);
  const asks = burst !== null && mayAsk(state.lastScaleUp?.atMs ?? null, startMs + LAG_MS, nowMs);
  const burstTarget = burst === null ? 0 : Math.ceil(ready * burst.factor);
  const panic = fresh ? nextPanic(state.demand.panic, burst, demand, nowMs) : state.demand.panic;
  const held = state.demand.confirmations + (need > desired ? 1 : -state.demand.confirmations);
  const confirmations = fresh ? Math.min(policy.requiredConfirmations, held) : state.demand.confirmations;
  const late = backlog / newest.fresh > guards.latencyObjectiveMs / 2_000;
  return {
    report: {
      serviceMs: seconds === null ? null : seconds * 1_000,
      offeredLoadErlangs: Math.max(present, forecast.erlangs),
      fastErlangs: fast,
      normalErlangs: normal,
      backlogSeconds: backlog,
      targetUtilization: utilization,
      need,
      forecast: { erlangs: forecast.erlangs, horizonMs, confidence: confidenceOf(seen) },
      panic: panic !== null && nowMs < panic.untilMs,
      urgent: late || fast >= SATURATED * ready,
      confirmations,
      startMs,
    },
    burst: asks ? burst : null,
    burstTarget,
    foreseen: needFor(present) < need,
    next: { service, forecast: seen, confirmations, panic },
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
