/** How what the app depends on is doing. */

import type { Database, DatabaseStatus, PoolStatus } from 'tidegate/database';
import type { Breaker, SharedState, StateStatus } from 'tidegate/state';

/** `starting`: it is being asked for the first time. */
export type DependencyStatus = 'ok' | 'degraded' | 'unavailable' | 'starting';

export interface StateReport {
  readonly status: DependencyStatus;
  readonly driver: StateStatus['driver'];
  readonly connected: boolean;
  readonly degradedSinceMs: number | null;
  readonly reason: string | null;
}

export interface DatabaseReport {
  readonly status: DependencyStatus;
  readonly server: string;
  readonly pools: readonly Pick<PoolStatus, 'pool' | 'utilization' | 'waiting' | 'level'>[];
}

export interface DependencyReport {
  readonly state: StateReport;
  /** Left out where none is configured. */
  readonly database?: DatabaseReport;
}

export interface DependencyDetail {
  /** `latencyMs` null: it did not answer in time. */
  readonly state: StateReport & { readonly latencyMs: number | null };
  readonly database?: DatabaseReport & DatabaseStatus & { readonly latencyMs: number | null };
}

/** A database and the breaker that guards it. */
export interface GuardedDatabase {
  readonly database: Database;
  readonly breaker: Breaker;
}

const PING_TIMEOUT_MS = 1_000;

export class DependencyHealth {
  readonly #state: SharedState;
  readonly #guarded: GuardedDatabase | null;
  #wasAsked = false;

  constructor(state: SharedState, guarded: GuardedDatabase | null) {
    this.#state = state;
    this.#guarded = guarded;
  }

  /** Asks the shared state before anybody needs it, so that reports know how it is. Never rejects. */
  async begin(): Promise<void> {
    await this.#state.ping().catch(() => undefined);
    this.#wasAsked = true;
  }

  /** As far as it is known without asking. */
  report(): DependencyReport {
    const state = this.#stateReport();
    return this.#guarded === null ? { state } : { state, database: databaseReport(this.#guarded) };
  }

  /** Asks them. Never rejects. */
  async detail(): Promise<DependencyDetail> {
    const { database } = this.#guarded ?? {};
    const options = { timeoutMs: PING_TIMEOUT_MS };
    const [stateMs, databaseMs] = await Promise.all([
      this.#state.ping(options).catch(() => null),
      database?.ping(options).catch(() => null),
    ]);
    const state = { ...this.#stateReport(), latencyMs: rounded(stateMs) };
    if (this.#guarded === null || databaseMs === undefined) return { state };
    const report = { ...this.#guarded.database.status(), ...databaseReport(this.#guarded) };
    return {
      state,
      database: { ...report, pools: this.#guarded.database.poolStatus(), latencyMs: rounded(databaseMs) },
    };
  }

  #stateReport(): StateReport {
    const { driver, connected, degradedSinceMs, reason } = this.#state.status();
    this.#wasAsked ||= connected;
    const away = this.#wasAsked ? 'unavailable' : 'starting';
    const status = degradedSinceMs !== null ? 'degraded' : connected ? 'ok' : away;
    return { status, driver, connected, degradedSinceMs, reason };
  }
}

function databaseReport({ database, breaker }: GuardedDatabase): DatabaseReport {
  const pools = database.poolStatus();
  const isPressed = pools.some(({ level }) => level === 'critical');
  const status = breaker.state === 'open' ? 'unavailable' : isPressed || breaker.state !== 'closed' ? 'degraded' : 'ok';
  return {
    status,
    server: database.status().primary,
    pools: pools.map(({ pool, utilization, waiting, level }) => ({ pool, utilization, waiting, level })),
  };
}

function rounded(ms: number | null | undefined): number | null {
  return ms == null ? null : Math.round(ms * 1_000) / 1_000;
}
