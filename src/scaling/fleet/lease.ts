/** One lease: slots of the fleet for an owner, for as long as heartbeats come. Pure: what may follow on what, and what is kept of it. */
import { FleetError, type FleetErrorCode } from './errors.ts';
import type { RefusalCode, Wish } from './placement.ts';

/** Where a lease was granted. */
export interface Place {
  readonly serverId: string;
  readonly host: string;
  readonly port: number;
  readonly location: string;
  readonly bandwidthMbps: number;
}

/** Why a lease was refused; ABANDONED: whoever was granting it went away meanwhile. */
export type RefusedCode = RefusalCode | 'ABANDONED';

export type LeaseStatus =
  | { readonly kind: 'requested' }
  | { readonly kind: 'refused'; readonly code: RefusedCode }
  | { readonly kind: 'granted'; readonly place: Place }
  | { readonly kind: 'connected'; readonly place: Place; readonly heartbeatAtMs: number }
  | { readonly kind: 'disconnected'; readonly place: Place }
  | { readonly kind: 'expired'; readonly place: Place };

export type StatusKind = LeaseStatus['kind'];

/** What may follow on what. Only a refused id may be asked for again; an ended lease never comes back. */
export const TRANSITIONS: Readonly<Record<StatusKind, readonly StatusKind[]>> = {
  requested: ['granted', 'refused'],
  refused: ['requested'],
  granted: ['connected', 'disconnected', 'expired'],
  connected: ['connected', 'disconnected', 'expired'],
  disconnected: [],
  expired: [],
};

export interface HistoryEntry {
  readonly status: StatusKind;
  readonly atMs: number;
}

/** The newest entries that are kept. */
export const HISTORY_LIMIT = 20;

export interface Lease {
  readonly id: string;
  /** Names what is reserved for it; another with each attempt, so that a straggler of an earlier one cannot be mistaken for it. */
  readonly token: string;
  readonly wish: Wish;
  readonly status: LeaseStatus;
  /** Oldest first, the present status last; heartbeats are not entered. */
  readonly history: readonly HistoryEntry[];
}

/** The statuses that hold slots, or are about to. They end by themselves when nobody renews them. */
export function isActive({ status }: Lease): boolean {
  return status.kind === 'requested' || status.kind === 'granted' || status.kind === 'connected';
}

export function requestedLease(id: string, token: string, wish: Wish, nowMs: number): Lease {
  return { id, token, wish, status: { kind: 'requested' }, history: [{ status: 'requested', atMs: nowMs }] };
}

/** Asks for a refused id again. */
export function askAgain(lease: Lease, token: string, wish: Wish, nowMs: number): Lease {
  return { ...move(lease, { kind: 'requested' }, nowMs), token, wish };
}

export function grant(lease: Lease, place: Place, nowMs: number): Lease {
  return move(lease, { kind: 'granted', place }, nowMs);
}

export function refuse(lease: Lease, code: RefusedCode, nowMs: number): Lease {
  return move(lease, { kind: 'refused', code }, nowMs);
}

/** The same lease when it is connected: a client whose answer was lost asks again. */
export function connect(lease: Lease, nowMs: number): Lease {
  if (lease.status.kind === 'connected') return lease;
  return move(lease, { kind: 'connected', place: placeOf(lease, 'connected'), heartbeatAtMs: nowMs }, nowMs);
}

export function heartbeat(lease: Lease, nowMs: number): Lease {
  if (lease.status.kind !== 'connected') throw illegal(lease, 'a heartbeat');
  return { ...lease, status: { ...lease.status, heartbeatAtMs: nowMs } };
}

/** The same lease when it is disconnected, as with `connect`. */
export function disconnect(lease: Lease, nowMs: number): Lease {
  if (lease.status.kind === 'disconnected') return lease;
  return move(lease, { kind: 'disconnected', place: placeOf(lease, 'disconnected') }, nowMs);
}

/** What becomes of an active lease that nobody renewed. */
export function lapse(lease: Lease, nowMs: number): Lease {
  if (lease.status.kind === 'requested') return refuse(lease, 'ABANDONED', nowMs);
  return move(lease, { kind: 'expired', place: placeOf(lease, 'expired') }, nowMs);
}

/** @throws FleetError for a transition that the table does not have */
function move(lease: Lease, status: LeaseStatus, nowMs: number): Lease {
  if (!TRANSITIONS[lease.status.kind].includes(status.kind)) throw illegal(lease, `that it becomes ${status.kind}`);
  const history = [...lease.history, { status: status.kind, atMs: nowMs }].slice(-HISTORY_LIMIT);
  return { ...lease, status, history };
}

function placeOf(lease: Lease, wanted: StatusKind): Place {
  if ('place' in lease.status) return lease.status.place;
  throw illegal(lease, `that it becomes ${wanted}`);
}

const ILLEGAL: Readonly<Record<StatusKind, readonly [code: FleetErrorCode, allowed: string]>> = {
  requested: ['LEASE_PENDING', 'nothing until it is granted or refused'],
  refused: ['LEASE_NOT_GRANTED', 'creating it again'],
  granted: ['LEASE_NOT_CONNECTED', 'connect and disconnect'],
  connected: ['LEASE_BUSY', 'heartbeat and disconnect'],
  disconnected: ['LEASE_ENDED', 'nothing; create a lease of another id'],
  expired: ['LEASE_ENDED', 'nothing; create a lease of another id'],
};

/** What is wrong, by a code that says where the lease stands, and what is allowed there. */
function illegal(lease: Lease, what: string): FleetError {
  const [code, allowed] = ILLEGAL[lease.status.kind];
  const refused = lease.status.kind === 'refused' ? ` (${lease.status.code})` : '';
  const message = `Lease ${lease.id} is ${lease.status.kind}${refused}; ${what} is not allowed, allowed is ${allowed}`;
  return new FleetError(code, message, code === 'LEASE_PENDING' ? { retryAfterMs: 1_000 } : {});
}
