import type { SharedState } from '../state/shared-state.ts';
import type { FleetKeys } from './keys.ts';
import { isActive, type Lease } from './lease.ts';
import { decodeLease, encodeLease, type StoredLease } from './lease-record.ts';
import type { FleetSettings } from './settings.ts';

/** Longer than granting ever takes; whoever is at it for longer has gone, and its request lapses. */
const PENDING_MS = 10_000;

/** The records of leases. Every write names the version it follows on, so that of two changes at a time one is done again. */
export class LeaseStore {
  readonly #state: SharedState;
  readonly #keys: FleetKeys;
  readonly #settings: FleetSettings;

  constructor(state: SharedState, keys: FleetKeys, settings: FleetSettings) {
    this.#state = state;
    this.#keys = keys;
    this.#settings = settings;
  }

  async read(id: string): Promise<StoredLease | undefined> {
    const record = await this.#state.records.read(this.#keys.lease(id));
    return record === undefined ? undefined : decodeLease(record);
  }

  /** Writes `lease` in the place of version `expected` (0: none); undefined: somebody else wrote meanwhile. */
  async write(lease: Lease, expected: number): Promise<StoredLease | undefined> {
    const leftMs = this.#lifeMs(lease);
    const keepMs = this.#settings.leaseKeepMs;
    const key = this.#keys.lease(lease.id);
    const result = await this.#state.records.compareAndSet(key, expected, encodeLease(lease, keepMs), {
      ttlMs: leftMs + keepMs,
    });
    return result.stored ? { version: result.version, lease, overdue: false, leftMs } : undefined;
  }

  #lifeMs(lease: Lease): number {
    if (!isActive(lease)) return 0;
    const { leaseTtlMs } = this.#settings;
    return lease.status.kind === 'requested' ? Math.min(leaseTtlMs, PENDING_MS) : leaseTtlMs;
  }
}
