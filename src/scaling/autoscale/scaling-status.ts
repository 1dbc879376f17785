import { cooldownLeftMs } from './cooldown.ts';
import type { LogEntry } from './decision-log.ts';
import { type ManualState, unexpired } from './manual.ts';
import type { ScalingPolicy } from './policy.ts';
import type { DecisionRecord, ForecastReport, RuleVerdict } from './record.ts';
import type { ShadowStanding } from './shadow.ts';
import { ruleStateOf, type ScalerState } from './state.ts';

/** One rule as it stands now: its last verdict, its cooldown by the present clock. */
export type RuleStanding = RuleVerdict & { readonly cooldown: 'idle' | 'waiting' | 'cooling' };

/** A decision in a list; `GET /scaling/decisions/:id` has the whole of it. */
export interface DecisionSummary
  extends Pick<DecisionRecord, 'id' | 'atMs' | 'action' | 'reason' | 'rule' | 'sentence' | 'before' | 'desired'> {
  /** Of a run of equal holds: its first decision, and how many more there were. */
  readonly firstId: number;
  readonly sinceMs: number;
  readonly repeats: number;
}

/** The body of GET /scaling/status. */
export interface ScalingStatus extends ManualState {
  readonly enabled: boolean;
  readonly desired: number;
  /** Null before the first observation, and when the last one failed. */
  readonly ready: number | null;
  readonly pending: number | null;
  readonly recommended: number | null;
  readonly limits: ScalingPolicy['limits'];
  readonly rules: readonly RuleStanding[];
  readonly guards: DecisionRecord['guards'];
  readonly missing: DecisionRecord['missing'];
  readonly stabilization: DecisionRecord['stabilization'] | null;
  readonly nextPossible: DecisionRecord['nextPossible'] | null;
  readonly wouldChange: readonly string[];
  /** Newest first. */
  readonly decisions: readonly DecisionSummary[];
  /** The latest that changed the number, newest first. */
  readonly actions: readonly DecisionSummary[];
  readonly mode: ScalingPolicy['mode'];
  readonly need: number | null;
  readonly offeredLoadErlangs: number | null;
  readonly demand: DecisionRecord['demand'];
  /** Null figures: nothing is known yet. */
  readonly forecast: { readonly enabled: boolean } & Partial<ForecastReport>;
  /** Policies that are evaluated beside the live one, and what they would have done. */
  readonly shadow: { readonly enabled: boolean; readonly policies: readonly ShadowStanding[] };
}

/** Entries in each list. */
const LISTED = 20;

export function scalingStatus(
  policy: ScalingPolicy,
  state: ScalerState,
  log: readonly LogEntry[],
  shadows: readonly ShadowStanding[],
  nowMs: number,
): ScalingStatus {
  const last = log.at(-1)?.record ?? null;
  const newestFirst = log.toReversed();
  return {
    enabled: policy.enabled,
    desired: state.desired,
    ready: last?.ready ?? null,
    pending: last?.pending ?? null,
    recommended: last?.recommended ?? null,
    limits: policy.limits,
    ...unexpired(state.manual, nowMs),
    rules: (last?.rules ?? []).map((verdict) => standingOf(verdict, policy, state, nowMs)),
    guards: last?.guards ?? [],
    missing: last?.missing ?? [],
    stabilization: last?.stabilization ?? null,
    nextPossible: last?.nextPossible ?? null,
    wouldChange: last?.wouldChange ?? [],
    decisions: newestFirst.slice(0, LISTED).map(summaryOf),
    actions: newestFirst
      .filter(({ record }) => record.action !== 'hold')
      .slice(0, LISTED)
      .map(summaryOf),
    mode: policy.mode,
    need: last?.need ?? null,
    offeredLoadErlangs: last?.offeredLoadErlangs ?? null,
    demand: last?.demand ?? null,
    forecast: { enabled: policy.mode === 'auto', ...last?.forecast },
    shadow: { enabled: shadows.length > 0, policies: shadows },
  };
}

function standingOf(verdict: RuleVerdict, policy: ScalingPolicy, state: ScalerState, nowMs: number): RuleStanding {
  const cooldownMs = policy.rules.find(({ name }) => name === verdict.name)?.cooldownMs ?? 0;
  const cooldowns = Object.values(ruleStateOf(state, verdict.name).cooldowns);
  const left = cooldowns.map((cooldown) => cooldownLeftMs(cooldown, cooldownMs, nowMs));
  const waiting = cooldowns.some(({ phase }) => phase === 'waiting');
  const cooling = cooldowns.some((cooldown) => cooldown.phase === 'cooling' && cooldown.untilMs > nowMs);
  return {
    ...verdict,
    cooldownLeftMs: Math.max(...left),
    cooldown: waiting ? 'waiting' : cooling ? 'cooling' : 'idle',
  };
}

function summaryOf({ record, firstId, sinceMs, repeats }: LogEntry): DecisionSummary {
  const { id, atMs, action, reason, rule, sentence, before, desired } = record;
  return { id, atMs, action, reason, rule, sentence, before, desired, firstId, sinceMs, repeats };
}
