import type { ManualState } from './manual.ts';
import { duration, quantity } from './quantity.ts';
import type { GuardReport, NextPossible, RuleVerdict } from './record.ts';

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

/** What would make the next decision another one, a sentence each. */
export function wouldChange(
  verdicts: readonly RuleVerdict[],
  guards: readonly GuardReport[],
  next: NextPossible,
): readonly string[] {
  const lines = verdicts.flatMap((verdict) => ruleLine(verdict) ?? []);
  const guardLines = guards.map(({ reason, detail }) => `${reason} ends: ${detail}.`);
  const { scaleDownInMs } = next;
  const wait =
    scaleDownInMs === null || scaleDownInMs === 0
      ? []
      : [`Fewer workers are possible in ${duration(scaleDownInMs)}, if all rules agree until then.`];
  return [...lines, ...guardLines, ...wait];
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
