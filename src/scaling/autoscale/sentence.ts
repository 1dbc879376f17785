import type { ManualState } from './manual.ts';
import type { Proposal } from './proposal.ts';
import { duration, workers } from './quantity.ts';
import { REASON_MEANINGS, type Reason } from './reason.ts';
import type { Recommendation, Wanted } from './recommender.ts';

/** What the sentence tells. */
export interface Told {
  readonly proposal: Proposal;
  readonly reason: Reason;
  /** What the recommenders wanted, ready to act. */
  readonly wanted: Wanted | null;
  readonly waiting: Recommendation['waiting'];
  /** Of the wish that waits: what is left of its rule's cooldown. */
  readonly cooldownLeftMs: number;
  readonly manual: ManualState;
  /** Of what keeps the scaler from judging; null: it can. */
  readonly blind: string | null;
}

/** The decision in one plain sentence. */
export function sentenceOf(told: Told): string {
  const { before, target } = told.proposal;
  if (target === before) return `Held at ${workers(target)}: ${whyHeld(told)}.`;
  const verb = target > before ? 'Scaled up' : 'Scaled down';
  return `${verb} from ${before} to ${target}: ${whyChanged(told)}.`;
}

function whyChanged({ proposal, reason, wanted, manual }: Told): string {
  const last = proposal.clamps.at(-1);
  const cut =
    last === undefined || last.why === reason ? '' : `; not ${proposal.clamps[0]?.before}, because ${last.detail}`;
  if (reason === 'pin') return `${pinWords(manual)}${cut}`;
  if (wanted !== null && reason === (wanted.reason ?? 'rule')) return `${wanted.by} (${wanted.because})${cut}`;
  return proposal.clamps.findLast(({ why }) => why === reason)?.detail ?? REASON_MEANINGS[reason];
}

function whyHeld({ proposal, reason, wanted, waiting, cooldownLeftMs, manual, blind }: Told): string {
  const last = proposal.clamps.at(-1);
  if (manual.pin !== null) return last === undefined ? pinWords(manual) : `${pinWords(manual)}, but ${last.detail}`;
  if (reason === 'disabled') return REASON_MEANINGS.disabled;
  if (manual.paused !== null) return `paused by ${manual.paused.by}${inBrackets(manual.paused.reason)}`;
  if (wanted !== null && last !== undefined) return `${wish(wanted)}, but ${last.detail}`;
  if (wanted !== null && wanted.target === proposal.before) return `${wanted.by} objects to fewer (${wanted.because})`;
  if (last !== undefined) return last.detail;
  if (waiting !== null) {
    const left = reason === 'cooldown' ? ` (${duration(cooldownLeftMs)} left)` : '';
    return `${wish(waiting)}, but ${REASON_MEANINGS[waiting.reason]}${left}`;
  }
  return blind ?? REASON_MEANINGS[reason];
}

function wish({ by, target, because }: Wanted): string {
  return `${by} wants ${target} (${because})`;
}

function pinWords({ pin }: ManualState): string {
  return pin === null ? REASON_MEANINGS.pin : `set to ${pin.instances} by ${pin.by}${inBrackets(pin.reason)}`;
}

/** The reason a person gave, if any. */
export function inBrackets(reason: string): string {
  return reason === '' ? '' : ` (${reason})`;
}
