/** The replicas there are, checked while anybody reads, and which of them takes the next read. */
import { type CallLimits, limitsOf } from './call-limits.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Replica } from './replica.ts';
import { isReadable, type PrimaryPosition, type ReplicaState, withPosition } from './replica-lag.ts';

export interface ReplicaStatus {
  readonly server: string;
  readonly state: ReplicaState['state'];
  /** null: not known. */
  readonly lagMs: number | null;
  /** Why it is down; null: it is not. */
  readonly reason: string | null;
  readonly checkedMsAgo: number | null;
}

const PRIMARY_POSITION = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS position";
/** Nobody has read for so long: the checks rest, and the next read finds the primary until they have caught up. */
const REST_AFTER_MS = 60_000;

export class ReplicaSet {
  readonly #replicas: readonly Replica[];
  readonly #primaryChecks: ConnectionPool;
  readonly #checkMs: number;
  #notes: readonly PrimaryPosition[] = [];
  #rotation = 0;
  #lastReadAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #checking: Promise<void> | null = null;
  #closed = false;

  constructor(replicas: readonly Replica[], primaryChecks: ConnectionPool, checkMs: number) {
    this.#replicas = replicas;
    this.#primaryChecks = primaryChecks;
    this.#checkMs = checkMs;
  }

  /** A replica that may be read from now, in turn; undefined: none. Begins checks if they rest. */
  pick(): Replica | undefined {
    if (this.#replicas.length === 0 || this.#closed) return undefined;
    const nowMs = performance.now();
    this.#lastReadAtMs = nowMs;
    if (this.#timer === null && this.#checking === null) void this.check();
    const readable = this.#replicas.filter(({ state }) => isReadable(state, nowMs, this.#checkMs * 3));
    this.#rotation = (this.#rotation + 1) % Math.max(1, readable.length);
    return readable[this.#rotation];
  }

  /** Checks all of them now; those who call meanwhile get the same check. */
  check(): Promise<void> {
    this.#checking ??= this.#checkAll().finally(() => {
      this.#checking = null;
      this.#arm();
    });
    return this.#checking;
  }

  status(): ReplicaStatus[] {
    const nowMs = performance.now();
    return this.#replicas.map(({ pool, state }) => ({
      server: pool.server,
      state: state.state,
      lagMs: 'lagMs' in state && Number.isFinite(state.lagMs) ? state.lagMs : null,
      reason: state.state === 'down' ? state.reason : null,
      checkedMsAgo: 'checkedAtMs' in state ? Math.round(nowMs - state.checkedAtMs) : null,
    }));
  }

  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const servers = [...this.#replicas, this.#primaryChecks];
    await Promise.all(servers.map((server) => server.close(graceMs)));
  }

  async #checkAll(): Promise<void> {
    if (this.#closed) return;
    // In this order: a replica that has caught up meanwhile is not behind.
    await this.#notePrimary(limitsOf({}, this.#checkMs));
    const limits = limitsOf({}, this.#checkMs);
    await Promise.all(this.#replicas.map((replica) => replica.check(this.#notes, limits)));
  }

  async #notePrimary(limits: CallLimits): Promise<void> {
    const atMs = performance.now();
    try {
      const { rows } = await this.#primaryChecks.run<{ position: number }>(PRIMARY_POSITION, [], limits);
      if (rows[0] !== undefined) this.#notes = withPosition(this.#notes, { atMs, position: rows[0].position });
    } catch {
      // What is known of it stands; that it is away is told by the calls that need it.
    }
  }

  #arm(): void {
    if (this.#closed || this.#timer !== null) return;
    if (performance.now() - this.#lastReadAtMs > REST_AFTER_MS) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.check();
    }, this.#checkMs);
    this.#timer.unref();
  }
}
