import type { SharedState } from '../state/shared-state.ts';
import type { FleetKeys } from './keys.ts';
import { isActive, lapse } from './lease.ts';
import type { StoredLease } from './lease-record.ts';
import type { LeaseStore } from './lease-store.ts';

/** What becomes of a token that holds slots. */
export type Verdict =
  /** Its lease lives. */
  | 'keep'
  /** Its lease is over: whoever ended it went away before it gave back the slots. */
  | 'release'
  /** Its lease is overdue: that is written down first, so that no late heartbeat can revive it. */
  | 'expire'
  /** No lease names it. Since the record is written before slots are taken, that is for good, unless who answered was behind. */
  | 'suspect';

export function verdict(token: string, stored: StoredLease | undefined): Verdict {
  if (stored === undefined || stored.lease.token !== token) return 'suspect';
  if (!isActive(stored.lease)) return 'release';
  return stored.overdue ? 'expire' : 'keep';
}

/** The lease that a token was made for. */
function leaseIdOf(token: string): string {
  return token.slice(0, token.lastIndexOf('@'));
}

export interface Sweep {
  readonly expired: number;
  readonly released: number;
}

/** Leases looked at together, so that a sweep over thousands is neither a flood nor a thousand round trips. */
const BATCH = 64;

/**
 * Gives back what nobody uses any more: ends leases whose heartbeats stay away, and releases slots that no lease names. Several may do
 * it at a time: a lease is ended by a write that only one of them wins, and releasing twice has no effect.
 */
export class LeaseReaper {
  readonly #state: SharedState;
  readonly #keys: FleetKeys;
  readonly #store: LeaseStore;
  readonly #nowMs: () => number;
  /** Suspects of the last sweep: released only when they still are, so that a replica or a stand-in had the time of a sweep to catch up. */
  #suspects: ReadonlySet<string> = new Set();

  constructor(state: SharedState, keys: FleetKeys, store: LeaseStore, nowMs: () => number) {
    this.#state = state;
    this.#keys = keys;
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** A sweep, unless somebody else had one within `turnMs`. @throws StateError */
  async sweepInTurn(turnMs: number): Promise<Sweep | undefined> {
    const mine = await this.#state.add(this.#keys.reaper, String(process.pid), { ttlMs: turnMs });
    return mine ? this.sweep() : undefined;
  }

  /** @throws StateError; what was not looked at is so by the next sweep */
  async sweep(): Promise<Sweep> {
    const tokens = await this.#state.reservations.tokens(this.#keys.amounts);
    const suspects = new Set<string>();
    const sum = { expired: 0, released: 0 };
    for (let from = 0; from < tokens.length; from += BATCH) {
      const batch = tokens.slice(from, from + BATCH);
      const outcomes = await Promise.all(batch.map((token) => this.#judge(token, suspects)));
      for (const outcome of outcomes) if (outcome !== 'kept') sum[outcome] += 1;
    }
    this.#suspects = suspects;
    return sum;
  }

  async #judge(token: string, suspects: Set<string>): Promise<'expired' | 'released' | 'kept'> {
    const stored = await this.#store.read(leaseIdOf(token));
    const judgement = verdict(token, stored);
    if (judgement === 'keep') return 'kept';
    if (judgement === 'suspect' && !this.#suspects.has(token)) {
      suspects.add(token);
      return 'kept';
    }
    if (judgement === 'expire' && stored !== undefined) {
      const written = await this.#store.write(lapse(stored.lease, this.#nowMs() + stored.leftMs), stored.version);
      if (written === undefined) return 'kept';
    }
    const held = await this.#state.reservations.release(this.#keys.amounts, token);
    if (!held) return 'kept';
    return judgement === 'expire' ? 'expired' : 'released';
  }
}
