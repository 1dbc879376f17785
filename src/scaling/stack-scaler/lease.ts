/**
 * Who of several scalers decides: a lease that its holder renews. Pure; times are milliseconds of one monotonic clock, the caller's.
 * A holder trusts its lease from the moment before it asked for it, the store counts from the moment it answered: so whoever holds it
 * knows of its end before anybody else can have it (Gray and Cheriton, "Leases", SOSP 1989).
 */

/** What the store keeps. An empty holder: the lease was given back. */
export interface LeaseRecord {
  readonly holder: string;
  /** Where the holder answers, for those who ask the wrong one. */
  readonly address: string;
}

/** The record as it was read just now. */
export interface SeenLease {
  readonly record: LeaseRecord;
  readonly version: number;
  /** What the store says is left of it. */
  readonly leftMs: number;
}

export interface LeaseState {
  /** Of the record that this scaler wrote last; null: it does not hold the lease. */
  readonly version: number | null;
  /** Until when it may act as the holder. */
  readonly heldUntilMs: number;
  /** The latest moment at which a lease of somebody else that was seen may still be good, even if the store has lost it since. */
  readonly othersUntilMs: number;
  /** As last seen. */
  readonly holder: LeaseRecord | null;
}

export const NO_LEASE: LeaseState = {
  version: null,
  heldUntilMs: Number.NEGATIVE_INFINITY,
  othersUntilMs: Number.NEGATIVE_INFINITY,
  holder: null,
};

/** What to ask of the store: to write over the version that was seen (0: there is none), or nothing. */
export type LeaseStep = { readonly kind: 'write'; readonly expected: number } | { readonly kind: 'wait' };

/** Whether this scaler may act at `nowMs`. */
export function holdsLease(state: LeaseState, nowMs: number): boolean {
  return state.version !== null && nowMs < state.heldUntilMs;
}

/** Takes note of what the store has. @param seen null: nothing */
export function noteLease(state: LeaseState, seen: SeenLease | null, self: string, nowMs: number): LeaseState {
  if (seen === null) return { ...state, version: null, holder: null };
  const { record, version, leftMs } = seen;
  if (record.holder === self) return { ...state, version, holder: record };
  const free = record.holder === '';
  return {
    version: null,
    heldUntilMs: Number.NEGATIVE_INFINITY,
    othersUntilMs: free ? Number.NEGATIVE_INFINITY : Math.max(state.othersUntilMs, nowMs + leftMs),
    holder: free ? null : record,
  };
}

/** What to do after `noteLease`. */
export function nextStep(state: LeaseState, seen: SeenLease | null, nowMs: number): LeaseStep {
  if (state.version !== null) return { kind: 'write', expected: state.version };
  if (state.holder !== null) return { kind: 'wait' };
  // A failover of the store can lose a record whose holder still counts on it.
  if (nowMs < state.othersUntilMs) return { kind: 'wait' };
  return { kind: 'write', expected: seen?.version ?? 0 };
}

/** The store took the record. @param askedAtMs before the question was sent */
export function withLease(
  state: LeaseState,
  record: LeaseRecord,
  version: number,
  askedAtMs: number,
  ttlMs: number,
): LeaseState {
  return { ...state, version, holder: record, heldUntilMs: askedAtMs + ttlMs };
}

/** It is given up at once: the store can't be trusted, or somebody else has it. */
export function withoutLease(state: LeaseState): LeaseState {
  return { ...state, version: null, heldUntilMs: Number.NEGATIVE_INFINITY };
}
