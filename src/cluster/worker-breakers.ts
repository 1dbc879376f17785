import {
  afterOutcome,
  atTime,
  type BreakerLimits,
  type BreakerState,
  CLOSED,
} from '../scaling/balancing/circuit-breaker.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { WorkerPool } from './worker-pool.ts';

const LIMITS: BreakerLimits = { failureThreshold: 5, successThreshold: 2, resetTimeoutMs: 60_000 };
/** A second in which at least half of so many requests ended in a 5xx is a failure. */
const TELLING_REQUESTS = 5;
const FAILING_RATIO = 0.5;
/** Ejecting more than this share would send everything to the few that are left. */
const MAX_EJECTED_RATIO = 0.5;

export interface BreakerReport {
  readonly state: BreakerState['state'];
  readonly totalRequests: number;
  readonly successfulRequests: number;
  readonly failedRequests: number;
  /** Times that the worker was kept from new connections. */
  readonly rejectedRequests: number;
  readonly successRate: number;
}

interface Watched {
  breaker: BreakerState;
  completed: number;
  errors: number;
  ejections: number;
}

/** Keeps new connections from a worker that answers with server errors while the others do not. */
export class WorkerBreakers {
  readonly #pool: WorkerPool;
  readonly #onChange: (worker: WorkerHandle, state: BreakerState['state']) => void;
  readonly #watched = new Map<number, Watched>();

  constructor(pool: WorkerPool, onChange: (worker: WorkerHandle, state: BreakerState['state']) => void) {
    this.#pool = pool;
    this.#onChange = onChange;
  }

  /** To be called about once a second. */
  tick(nowMs: number): void {
    const ready = this.#pool.ready();
    for (const id of this.#watched.keys()) if (this.#pool.get(id) === undefined) this.#watched.delete(id);
    for (const worker of ready) this.#judge(worker, nowMs);
    const open = ready.filter((worker) => this.#watched.get(worker.id)?.breaker.state === 'open');
    const panic = open.length > ready.length * MAX_EJECTED_RATIO;
    for (const worker of ready) {
      const eject = !panic && open.includes(worker);
      if (eject && !worker.ejected) (this.#watched.get(worker.id) as Watched).ejections += 1;
      worker.ejected = eject;
    }
  }

  /** By the names the API shows: `worker-<slot>`. */
  report(): Record<string, BreakerReport> {
    const reports: Record<string, BreakerReport> = {};
    for (const worker of this.#pool.ready()) {
      const watched = this.#of(worker);
      const { requestsCompleted = 0, requestErrors = 0 } = worker.sample?.totals ?? {};
      reports[nameOf(worker)] = {
        state: watched.breaker.state,
        totalRequests: requestsCompleted,
        successfulRequests: requestsCompleted - requestErrors,
        failedRequests: requestErrors,
        rejectedRequests: watched.ejections,
        successRate: requestsCompleted === 0 ? 1 : (requestsCompleted - requestErrors) / requestsCompleted,
      };
    }
    return reports;
  }

  /** Closes one breaker, or all; false when there is none of that name. */
  reset(name?: string): boolean {
    const workers = this.#pool.ready().filter((worker) => name === undefined || nameOf(worker) === name);
    for (const worker of workers) {
      this.#of(worker).breaker = CLOSED;
      worker.ejected = false;
    }
    return name === undefined || workers.length > 0;
  }

  #judge(worker: WorkerHandle, nowMs: number): void {
    const watched = this.#of(worker);
    const { requestsCompleted = 0, requestErrors = 0 } = worker.sample?.totals ?? {};
    const completed = requestsCompleted - watched.completed;
    const errors = requestErrors - watched.errors;
    watched.completed = requestsCompleted;
    watched.errors = requestErrors;
    const before = watched.breaker.state;
    if (completed >= TELLING_REQUESTS) {
      watched.breaker = afterOutcome(watched.breaker, errors < completed * FAILING_RATIO, LIMITS, nowMs);
    } else {
      watched.breaker = atTime(watched.breaker, nowMs);
    }
    if (watched.breaker.state !== before) this.#onChange(worker, watched.breaker.state);
  }

  #of(worker: WorkerHandle): Watched {
    const known = this.#watched.get(worker.id);
    if (known !== undefined) return known;
    const fresh: Watched = { breaker: CLOSED, completed: 0, errors: 0, ejections: 0 };
    this.#watched.set(worker.id, fresh);
    return fresh;
  }
}

function nameOf(worker: WorkerHandle): string {
  return `worker-${worker.slot}`;
}
