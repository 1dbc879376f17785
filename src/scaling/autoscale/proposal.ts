import type { Reason } from './reason.ts';
import type { Clamp } from './record.ts';

/** A number of workers on its way through the limits, with the trace of what changed it. */
export interface Proposal {
  readonly before: number;
  readonly target: number;
  /** Where the number came from, should it come out changed. */
  readonly cause: Reason;
  readonly clamps: readonly Clamp[];
}

export function propose(before: number, target: number, cause: Reason): Proposal {
  return { before, target, cause, clamps: [] };
}

/** The proposal at `after`, and why. Nothing is noted when it was there already. */
export function clampTo(proposal: Proposal, after: number, why: Reason, detail: string): Proposal {
  const { before, target, clamps } = proposal;
  if (after === target) return proposal;
  // What leads farther away from the present number, or to its other side, is the cause of the change; what leads back is only a brake.
  const [moved, moves] = [target - before, after - before];
  const turns = Math.abs(moves) > Math.abs(moved) || Math.sign(moves) === -Math.sign(moved);
  const cause = turns && moves !== 0 ? why : proposal.cause;
  return { ...proposal, target: after, cause, clamps: [...clamps, { before: target, after, why, detail }] };
}

/** At most `ceiling`. */
export function atMost(proposal: Proposal, ceiling: number, why: Reason, detail: string): Proposal {
  return clampTo(proposal, Math.min(proposal.target, ceiling), why, detail);
}

/** At least `floor`. */
export function atLeast(proposal: Proposal, floor: number, why: Reason, detail: string): Proposal {
  return clampTo(proposal, Math.max(proposal.target, floor), why, detail);
}

/** The word for the outcome: the cause when something changes; else the last brake, or `otherwise` when there was nothing to brake. */
export function reasonOf(proposal: Proposal, otherwise: Reason): Reason {
  if (proposal.target !== proposal.before) return proposal.cause;
  return proposal.clamps.at(-1)?.why ?? otherwise;
}
