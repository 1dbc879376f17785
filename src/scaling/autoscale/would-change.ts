import { SHRINKS_BELOW } from './demand/need.ts';
import type { ManualState } from './manual.ts';
import type { ScalingPolicy } from './policy.ts';
import { duration, quantity, workers } from './quantity.ts';
import { endOf, holdsGrowthOnly } from './reason-ends.ts';
import type { DecisionRecord, DemandReport, GuardReport, NextPossible, RuleVerdict } from './record.ts';

/** What gives the number back to the rules; null when they have it. */
export function byHandEnds(
  policy: { readonly enabled: boolean },
  { pin, paused }: ManualState,
  nowMs: number,
): readonly string[] | null {
  if (pin !== null) {
    const end =
      pin.untilMs === null ? 'A resume' : `A resume, or the end of the pin in ${duration(pin.untilMs - nowMs)},`;
    return [
      policy.enabled
        ? `${end} gives the number back to the rules.`
        : `${end} ends the pin; automatic scaling is switched off.`,
    ];
  }
  if (!policy.enabled) return ['Automatic scaling is switched off; another number can be set by hand.'];
  return paused === null ? null : ['A resume gives the number back to the rules.'];
}

/** What the next decision depends on. */
export interface Prospects {
  readonly rules: readonly RuleVerdict[];
  readonly guards: readonly GuardReport[];
  readonly next: NextPossible;
  readonly demand: DemandReport | null;
  readonly desired: number;
  readonly policy: Pick<ScalingPolicy, 'limits' | 'requiredConfirmations'>;
  readonly schedule: DecisionRecord['schedule'];
}

/** What would make the next decision another one, a sentence each. */
export function wouldChange({ rules, guards, next, demand, desired, policy, schedule }: Prospects): readonly string[] {
  const topped = desired >= policy.limits.max;
  const adds = ({ action, wants }: RuleVerdict): boolean =>
    action === 'scale-up' || (action === 'target' && wants === 'up');
  const speaking = topped ? rules.filter((verdict) => !adds(verdict)) : rules;
  const lines = [
    ...(topped ? [`More than ${workers(desired)} are possible when MAX_INSTANCES is raised.`] : []),
    ...demandLines(demand, desired, policy),
    ...speaking.flatMap((verdict) => ruleLine(verdict) ?? []),
  ];
  const standing = topped ? guards.filter(({ reason }) => !holdsGrowthOnly(reason)) : guards;
  const guardLines = standing.map(({ reason, detail }) => `${reason} ends when ${endOf(reason)}; now ${detail}.`);
  const { scaleDownInMs } = next;
  const wait =
    scaleDownInMs === null || scaleDownInMs === 0
      ? []
      : [`Fewer workers are possible in ${duration(scaleDownInMs)}, if all rules agree until then.`];
  const timed = schedule === null || desired > schedule.workers ? [] : [scheduleLine(schedule)];
  return [...lines, ...guardLines, ...timed, ...wait];
}

/** Less work than this waits in any system now and then. */
const WORTH_TELLING_S = 0.1;

/** From which load on another number is needed: `a ÷ ρ* − 0.05` passes a whole number. */
function demandLines(demand: DemandReport | null, desired: number, policy: Prospects['policy']): readonly string[] {
  if (demand === null) return [];
  const { offeredLoadErlangs, targetUtilization, need, confirmations, backlogSeconds, urgent } = demand;
  if (demand.panic)
    return desired > policy.limits.min ? ['demand agrees to fewer workers when the burst is over.'] : [];
  const at = (count: number): number => (count + 0.05) * targetUtilization;
  const words = (erlangs: number): string => quantity(erlangs, 'erlangs');
  const now = `the load (now ${quantity(offeredLoadErlangs, 'erlangs')})`;
  const lines: string[] = [];
  if (desired < policy.limits.max && need > desired) {
    if (!urgent && confirmations < policy.requiredConfirmations)
      lines.push(
        `demand acts when it has held in ${policy.requiredConfirmations} observations (${confirmations} so far), or at once when the event loops are saturated.`,
      );
  } else if (desired < policy.limits.max) lines.push(`demand adds workers when ${now} is above ${words(at(desired))}.`);
  const fewerAt = at(desired - 1) * SHRINKS_BELOW;
  if (desired > policy.limits.min && (need >= desired || offeredLoadErlangs > fewerAt)) {
    const waiting =
      backlogSeconds < WORTH_TELLING_S ? '' : ` and the ${quantity(backlogSeconds, 's')} of work that waits is done`;
    lines.push(`demand agrees to fewer workers when ${now} is at most ${words(fewerAt)}${waiting}.`);
  }
  return lines;
}

function ruleLine(verdict: RuleVerdict): string | null {
  const { name, metric, status, action, condition, value, unit, note, waitsFor } = verdict;
  if (action === 'alert' || status === 'disabled' || status === 'unused') return null;
  if (status === 'missing') return `${name} gets a value for ${metric} (${note}).`;
  if (status === 'holds') return waitsFor === null ? null : waitingLine(verdict);
  const now = `${metric} (now ${quantity(value ?? 0, unit)})`;
  if (action === 'target') return `${name} acts when ${now} is no longer ${condition}.`;
  if (action === 'scale-down') return `${name} agrees to fewer workers when ${now} is ${condition}.`;
  const few = note === null ? '' : ` and of more than ${note}`;
  return `${name} adds workers when ${now} is ${condition}${few} in ${verdict.requiredConfirmations} observations.`;
}

function waitingLine({
  name,
  waitsFor,
  cooldownLeftMs,
  confirmations,
  requiredConfirmations,
}: RuleVerdict): string | null {
  if (waitsFor === 'cooldown') return `${name} may act again in ${duration(cooldownLeftMs)}.`;
  if (waitsFor === 'confirming')
    return `${name} acts when it has held in ${requiredConfirmations} observations (${confirmations} so far).`;
  if (waitsFor === 'pending') return `${name} is judged again when the pending workers are ready.`;
  return `${name} counts when memory has room for another worker.`;
}

function scheduleLine({ text, workers: count, untilMs }: NonNullable<DecisionRecord['schedule']>): string {
  return `The schedule ${text} ends at ${new Date(untilMs).toISOString()}; until then there are at least ${workers(count)}.`;
}
