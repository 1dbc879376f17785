import { meanRunDelay } from './guards/cpu.ts';
import type { GuardFinding } from './guards/guard.ts';
import { isInForce } from './guards/registry.ts';
import { isByHand } from './manual.ts';
import { missingAlerts } from './missing.ts';
import { nextPossible } from './next-possible.ts';
import { type Proposal, reasonOf } from './proposal.ts';
import { rounded } from './quantity.ts';
import type { Reason } from './reason.ts';
import type { Recommendation, RecommenderInput, Wanted } from './recommender.ts';
import type { DecisionInputs, DecisionRecord, MissingReport, ScalingAlert } from './record.ts';
import { latestFiring } from './schedule/cron.ts';
import { runningSchedule } from './schedule/schedule.ts';
import { sentenceOf } from './sentence.ts';
import { GUARD_WINDOW_MS } from './series.ts';
import { highest, stabilizationLeftMs } from './stabilization.ts';
import { stretchedMs } from './stabilization-window.ts';
import type { ScalerState } from './state.ts';
import { byHandEnds, wouldChange } from './would-change.ts';

/** What a decision was made of. */
export interface Ingredients {
  readonly input: RecommenderInput;
  /** The state as the decision leaves it. */
  readonly next: ScalerState;
  readonly findings: readonly GuardFinding[];
  readonly recommendations: readonly Recommendation[];
  readonly wanted: Wanted | null;
  readonly waiting: Recommendation['waiting'];
  readonly recommended: number;
  readonly proposal: Proposal;
  readonly missing: readonly MissingReport[];
}

/** Guards that are the word for a hold in which nothing else speaks: they keep the scaler from judging, or from what it could do. */
const STANDS_IN_THE_WAY: ReadonlySet<Reason> = new Set([
  'no-observation',
  'blocked:missing-metrics',
  'blocked:crash-loop',
  'blocked:downstream',
  'blocked:errors',
]);

/** Writes the decision down. */
export function recordOf(made: Ingredients): DecisionRecord {
  const { input, next, findings, wanted, waiting, proposal, missing } = made;
  const { policy, nowMs } = input;
  const { before, target: desired } = proposal;
  const { manual } = next;
  const demand = made.recommendations.flatMap((recommendation) => recommendation.demand ?? [])[0] ?? null;
  const windowMs = stretchedMs(input.state.stretch, policy.scaleDownStabilizationMs);
  const rules = made.recommendations.flatMap(({ verdicts }) => verdicts);
  const guards = findings
    .filter((finding) => isInForce(finding, before))
    .map(({ reason, detail }) => ({ reason, detail }));
  const blind = guards.find(({ reason }) => STANDS_IN_THE_WAY.has(reason)) ?? null;
  const reason = reasonOf(proposal, otherwise(made, blind?.reason ?? null));
  const cooldownLeftMs = rules.find(({ name }) => name === waiting?.by)?.cooldownLeftMs ?? 0;
  const leftMs = stabilizationLeftMs(next.recommended, desired - 1, windowMs, nowMs);
  const schedule = scheduleOf(input);
  const possible = nextPossible(policy, next, findings, schedule?.workers ?? 0, input.pending, leftMs, nowMs);
  return {
    id: next.decisions,
    atMs: nowMs,
    action: desired > before ? 'scale-up' : desired < before ? 'scale-down' : 'hold',
    reason,
    rule: ruleBehind(made, reason, isByHand(policy, manual)),
    sentence: sentenceOf({ proposal, reason, wanted, waiting, cooldownLeftMs, manual, blind: blind?.detail ?? null }),
    before,
    desired,
    recommended: made.recommended,
    ready: input.ready,
    pending: input.pending,
    limits: policy.limits,
    inputs: inputsOf(input),
    demand,
    need: demand?.need ?? null,
    offeredLoadErlangs: demand?.offeredLoadErlangs ?? null,
    forecast: demand?.forecast ?? null,
    rules,
    guards,
    clamps: proposal.clamps,
    pin: manual.pin,
    floor: manual.floor,
    paused: manual.paused,
    schedule,
    stabilization: { windowMs, maxRecommendation: highest(next.recommended), leftMs },
    missing,
    alerts: alertsOf(made),
    nextPossible: possible,
    wouldChange:
      byHandEnds(policy, manual, nowMs) ??
      wouldChange({ rules, guards, next: possible, demand, desired, policy, schedule }),
  };
}

function scheduleOf({ policy, learned, nowMs }: RecommenderInput): DecisionRecord['schedule'] {
  const aheadMs = learned.startMs ?? policy.demand.assumedStartMs;
  const running = runningSchedule(policy.schedules, nowMs, aheadMs);
  if (running === null) return null;
  const { text, workers, cron, lastsMs } = running;
  const firedMs = latestFiring(cron, nowMs + aheadMs, lastsMs + aheadMs) ?? nowMs;
  return { text, workers, untilMs: firedMs + lastsMs };
}

/** The word for a hold in which nothing was clamped. */
function otherwise({ input, next, waiting }: Ingredients, blind: Reason | null): Reason {
  if (next.manual.pin !== null) return 'pin';
  if (!input.policy.enabled) return 'disabled';
  if (next.manual.paused !== null) return 'paused';
  return waiting?.reason ?? blind ?? 'steady';
}

function ruleBehind({ input, proposal, wanted, waiting }: Ingredients, reason: Reason, byHand: boolean): string | null {
  if (byHand) return null;
  const held = proposal.target === proposal.before;
  if (wanted !== null) return (reason === 'rule' || held) && wanted.reason === undefined ? wanted.by : null;
  const ofRule = input.policy.rules.some(({ name }) => name === waiting?.by);
  return held && ofRule && reason === waiting?.reason ? waiting.by : null;
}

function inputsOf({ observation, evidence, memory }: RecommenderInput): DecisionInputs | null {
  const { newest } = evidence;
  if (observation === null || newest === null) return null;
  const runDelay = meanRunDelay(evidence, GUARD_WINDOW_MS);
  const { cores, cpuUtilization, availableMemoryBytes } = observation.machine;
  return {
    workersWarming: newest.warming,
    workersStale: newest.stale,
    meanRunDelay: runDelay === null ? null : rounded(runDelay),
    machineCpu: cpuUtilization === null ? null : rounded(cpuUtilization),
    cores,
    availableMemoryBytes,
    maxByMemory: memory?.maxWorkers ?? null,
  };
}

/** Rules that alert, guards that want somebody's attention when they come into force, and what has been missing for long. */
function alertsOf({ input, findings, recommendations, missing }: Ingredients): readonly ScalingAlert[] {
  const { policy, state, nowMs } = input;
  const elapsedMs = nowMs - (state.decidedAtMs ?? nowMs);
  return [
    ...recommendations.flatMap(({ alerts }) => alerts),
    ...findings
      .filter(({ reason }) => reason === 'blocked:downstream' && !state.guards.includes(reason))
      .map(({ reason, detail }) => ({ source: reason, sentence: `${detail}; more workers would not help.` })),
    ...missingAlerts(missing, policy.reportMissingAfterMs, elapsedMs),
  ];
}
