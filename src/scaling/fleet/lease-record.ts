/** A lease as it is kept, and as it is told. */
import type { VersionedRecord } from '../state/shared-state.ts';
import {
  type HistoryEntry,
  isActive,
  type Lease,
  lapse,
  type Place,
  type RefusedCode,
  type StatusKind,
  TRANSITIONS,
} from './lease.ts';

/** As it was read. */
export interface StoredLease {
  readonly version: number;
  readonly lease: Lease;
  /** It was active, but nobody renewed it in time. */
  readonly overdue: boolean;
  /** Until an active lease is overdue, below 0 since it is; 0 when it ended. */
  readonly leftMs: number;
}

/**
 * The record lives `keepMs` longer than the lease, and says so: what the store tells as its remaining time thus tells when the lease is
 * overdue, and no clocks of different machines are compared.
 */
export function encodeLease(lease: Lease, keepMs: number): string {
  return JSON.stringify({ ...lease, keepMs });
}

/** Undefined: it is not a lease, or not one of this version's; nobody can do anything with it. */
export function decodeLease(record: VersionedRecord): StoredLease | undefined {
  const read = parse(record.value);
  if (read === undefined) return undefined;
  const { keepMs, ...lease } = read;
  const leftMs = isActive(lease) ? record.ttlMs - keepMs : 0;
  return { version: record.version, lease, overdue: isActive(lease) && leftMs <= 0, leftMs };
}

function parse(value: Buffer): (Lease & { readonly keepMs: number }) | undefined {
  try {
    const read = JSON.parse(value.toString('utf8')) as Lease & { readonly keepMs: number };
    const known = Object.hasOwn(TRANSITIONS, read.status.kind) && typeof read.wish.owner === 'string';
    return known && typeof read.token === 'string' && Number.isFinite(read.keepMs) ? read : undefined;
  } catch {
    return undefined;
  }
}

/** A lease for people and clients. */
export interface LeaseView {
  readonly id: string;
  readonly status: StatusKind;
  readonly owner: string;
  readonly slots: number;
  /** Granted, or wanted until then; null: what is usual. */
  readonly bandwidthMbps: number | null;
  /** Null: not granted. */
  readonly server: Omit<Place, 'bandwidthMbps'> | null;
  /** Why it was refused; null: it was not. */
  readonly refused: RefusedCode | null;
  /** The lease expires unless a connect or heartbeat comes within this time; null: it is over. */
  readonly expiresInMs: number | null;
  /** How often a heartbeat should come. */
  readonly heartbeatIntervalMs: number;
  readonly history: readonly HistoryEntry[];
}

/** @param leaseTtlMs of which a heartbeat should come three times */
export function leaseView({ lease, leftMs }: StoredLease, leaseTtlMs: number): LeaseView {
  const { id, status, wish, history } = lease;
  const place = 'place' in status ? status.place : undefined;
  const { bandwidthMbps = wish.bandwidthMbps, ...server } = place ?? {};
  return {
    id,
    status: status.kind,
    owner: wish.owner,
    slots: wish.slots,
    bandwidthMbps,
    server: place === undefined ? null : (server as Omit<Place, 'bandwidthMbps'>),
    refused: status.kind === 'refused' ? status.code : null,
    expiresInMs: isActive(lease) ? Math.max(0, leftMs) : null,
    heartbeatIntervalMs: Math.round(leaseTtlMs / 3),
    history,
  };
}

/** What a lease that was read really is: one that is overdue has lapsed, whether somebody wrote that down or not. */
export function settled(stored: StoredLease, nowMs: number): StoredLease {
  if (!stored.overdue) return stored;
  return { ...stored, lease: lapse(stored.lease, nowMs + stored.leftMs), overdue: false, leftMs: 0 };
}
