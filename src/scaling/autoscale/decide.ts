import { gather } from './gather.ts';
import { errorPercent, type GuardFinding, hold } from './guards/guard.ts';
import { inspect, isInForce } from './guards/registry.ts';
import { isByHand, unexpired } from './manual.ts';
import { missingReports, missingSince } from './missing.ts';
import type { Observation } from './observation.ts';
import { recentRemovals } from './pace.ts';
import type { ScalingPolicy } from './policy.ts';
import type { RecommenderInput, Wanted } from './recommender.ts';
import { RECOMMENDERS } from './recommenders.ts';
import type { DecisionRecord } from './record.ts';
import { recordOf } from './record-of.ts';
import { combine, resolve } from './resolve.ts';
import { highest, type Recommended, remember } from './stabilization.ts';
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
  const recommendations = RECOMMENDERS.map((recommender) => recommender.recommend(input));
  const missingRules = recommendations.flatMap(({ missing }) => missing);
  const findings = findingsOf(input, observation, missingRules);
  const wanted = combine(recommendations);
  const waiting = recommendations.flatMap((recommendation) => recommendation.waiting ?? [])[0] ?? null;
  const recommended = wanted?.target ?? waiting?.target ?? before;
  const history = withRecommendation(input, findings, recommended);
  const removals = recentRemovals(state.removals, policy.scaleDownPeriodMs, nowMs);
  const proposal = resolve(wanted, {
    policy,
    before,
    ready: input.ready,
    manual,
    findings,
    stabilized: highest(history),
    recentRemovals: removals,
  });
  const desired = proposal.target;
  const byHand = isByHand(policy, manual);
  const silent = input.evidence.newest?.staleIds.map((id) => `worker ${id}`) ?? [];
  const missingSinceMs = missingSince(state.missingSinceMs, [...silent, ...missingRules], nowMs);
  const next: ScalerState = Object.assign(
    {
      ...state,
      decisions: state.decisions + 1,
      desired,
      decidedAtMs: nowMs,
      manual,
      series: input.evidence.series,
      recommended: history,
      removals: desired < before ? [...removals, { atMs: nowMs, workers: before - desired }] : removals,
      lastScaleUp: desired > before ? { atMs: nowMs, errorPercent: errorPercent(input.evidence) } : state.lastScaleUp,
      missingSinceMs,
      guards: findings.filter((finding) => isInForce(finding, before)).map(({ reason }) => reason),
    },
    ...recommendations.map((recommendation) => recommendation.settle(byHand ? null : movedBy(wanted, before, desired))),
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
): readonly Recommended[] {
  const windowMs = policy.scaleDownStabilizationMs;
  const { min, max } = policy.limits;
  const lowest = findings.some(({ floor }) => floor !== null) ? desired : min;
  const workers = Math.max(lowest, Math.min(max, recommended));
  const begun = state.recommended.length > 0 ? state.recommended : [{ atMs: nowMs, workers: desired }];
  return remember(begun, { atMs: nowMs, workers }, windowMs);
}
