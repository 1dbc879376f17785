import { beginTrial, continueTrial } from './futility.ts';
import { gather } from './gather.ts';
import { errorPercent, type GuardFinding, hold } from './guards/guard.ts';
import { inspect, isInForce } from './guards/registry.ts';
import { isByHand, unexpired } from './manual.ts';
import { missingReports, missingSince } from './missing.ts';
import type { Observation } from './observation.ts';
import { recentRemovals } from './pace.ts';
import type { ScalingPolicy } from './policy.ts';
import type { RecommenderInput, Wanted } from './recommender.ts';
import { recommendersOf } from './recommenders.ts';
import type { DecisionRecord } from './record.ts';
import { recordOf } from './record-of.ts';
import { combine, resolve } from './resolve.ts';
import { runningSchedule } from './schedule/schedule.ts';
import { highest, type Recommended, remember } from './stabilization.ts';
import { nextStretch, stretchedMs } from './stabilization-window.ts';
import type { ScalerState } from './state.ts';
import { isObserved, type Unobserved } from './unobserved.ts';

export interface Decision {
  readonly desired: number;
  readonly state: ScalerState;
  readonly record: DecisionRecord;
}

/**
 * How many workers there are to be, and why. Pure: the same inputs give the same bytes, live, in a simulation and in a replay.
 * @param state what the previous decision returned, or `initialState()`, perhaps with a pin or a pause set since
 * @param observation what was seen, or that nothing could be; then only pins, pauses and limits act
 * @param nowMs epoch milliseconds of the decision
 */
export function decide(
  policy: ScalingPolicy,
  state: ScalerState,
  observation: Observation | Unobserved,
  nowMs: number,
): Decision {
  const input = gather(policy, state, observation, nowMs);
  const { desired: before } = input;
  const manual = unexpired(state.manual, nowMs);
  const recommendations = recommendersOf(policy).map((recommender) => recommender.recommend(input));
  const missingRules = recommendations.flatMap(({ missing }) => missing);
  const findings = findingsOf(input, observation, missingRules);
  const wanted = combine(recommendations);
  const waiting = recommendations.flatMap((recommendation) => recommendation.waiting ?? [])[0] ?? null;
  const recommended = wanted?.target ?? waiting?.target ?? before;
  const windowMs = stretchedMs(state.stretch, policy.scaleDownStabilizationMs);
  const history = withRecommendation(input, findings, recommended, windowMs);
  const removals = recentRemovals(state.removals, policy.scaleDownPeriodMs, nowMs);
  const proposal = resolve(wanted, {
    policy,
    before,
    ready: input.ready,
    manual,
    findings,
    stabilized: highest(history),
    stabilizationMs: windowMs,
    schedule: runningSchedule(policy.schedules, nowMs, input.learned.startMs ?? policy.demand.assumedStartMs),
    recentRemovals: removals,
  });
  const desired = proposal.target;
  const byHand = isByHand(policy, manual);
  const moved = byHand ? null : movedBy(wanted, before, desired);
  const silent = input.evidence.newest?.staleIds.map((id) => `worker ${id}`) ?? [];
  const missingSinceMs = missingSince(state.missingSinceMs, [...silent, ...missingRules], nowMs);
  const next: ScalerState = Object.assign(
    {
      ...state,
      decisions: state.decisions + 1,
      desired,
      decidedAtMs: nowMs,
      manual,
      series: input.early ? state.series : input.evidence.series,
      recommended: history,
      removals: desired < before ? [...removals, { atMs: nowMs, workers: before - desired }] : removals,
      lastScaleUp: desired > before ? { atMs: nowMs, errorPercent: errorPercent(input.evidence) } : state.lastScaleUp,
      missingSinceMs,
      learned: input.learned,
      stretch:
        policy.mode === 'auto'
          ? nextStretch(state.stretch, moved, policy.scaleDownStabilizationMs, nowMs)
          : state.stretch,
      ...(policy.mode === 'auto' ? trialAfter(input, moved, desired) : {}),
      guards: findings.filter((finding) => isInForce(finding, before)).map(({ reason }) => reason),
    },
    ...recommendations.map((recommendation) => recommendation.settle(moved)),
  );
  const missing = missingReports(missingSinceMs, nowMs);
  const record = recordOf({ input, next, findings, recommendations, wanted, waiting, recommended, proposal, missing });
  return { desired, state: next, record };
}

function findingsOf(
  input: RecommenderInput,
  observation: Observation | Unobserved,
  missingRules: readonly string[],
): readonly GuardFinding[] {
  const { policy, state, evidence, desired, memory, nowMs } = input;
  const { newest } = evidence;
  if (!isObserved(observation))
    return [hold('no-observation', desired, `nothing could be observed: ${observation.unobserved}`)];
  if (newest === null) return [];
  return inspect({ policy, state, observation, evidence, newest, memory, desired, missingRules, nowMs });
}

/** The direction in which the recommenders had their way. */
function movedBy(wanted: Wanted | null, before: number, desired: number): 'up' | 'down' | null {
  if (wanted === null) return null;
  if (desired > before && wanted.target > before) return 'up';
  return desired < before && wanted.target < before ? 'down' : null;
}

/**
 * The stabilization window with this decision's recommendation. It begins with the number found, so that a restart of the runtime shrinks
 * nothing for a whole window; while anything forbids a scale-down, the recommendation is no lower than the present number.
 */
function withRecommendation(
  { policy, state, desired, nowMs }: RecommenderInput,
  findings: readonly GuardFinding[],
  recommended: number,
  windowMs: number,
): readonly Recommended[] {
  const { min, max } = policy.limits;
  const lowest = findings.some(({ floor }) => floor !== null) ? desired : min;
  const workers = Math.max(lowest, Math.min(max, recommended));
  const begun = state.recommended.length > 0 ? state.recommended : [{ atMs: nowMs, workers: desired }];
  return remember(begun, { atMs: nowMs, workers }, windowMs);
}

/** What is to be seen of the latest scale-up, and what was. */
function trialAfter(
  { policy, state, evidence, desired: before, pending, nowMs }: RecommenderInput,
  moved: 'up' | 'down' | null,
  desired: number,
): Pick<ScalerState, 'trial' | 'futile'> {
  const objectiveMs = policy.guards.latencyObjectiveMs;
  const futile = state.futile !== null && nowMs < state.futile.untilMs ? state.futile : null;
  if (moved === 'up') return { trial: state.trial ?? beginTrial(evidence, before, desired, objectiveMs), futile };
  if (moved === 'down' || state.trial === null) return { trial: null, futile };
  const holdMs = policy.demand.futilityHoldMs;
  const next = continueTrial(state.trial, evidence, pending, { objectiveMs, holdMs, nowMs });
  return { trial: next.trial, futile: next.futile ?? futile };
}
