import type { AppBreakerReport } from '../ipc/protocol.ts';
import type { WorkerPool } from './worker-pool.ts';

/** A breaker of the app: over all workers, and in each. */
export interface AppBreakerView extends AppBreakerReport {
  /** Of those that ended, the share that ended well; 1 when none has. */
  readonly successRate: number;
  /** By `worker-<slot>`. */
  readonly workers: Readonly<Record<string, AppBreakerReport>>;
}

const SEVERITY = { closed: 0, 'half-open': 1, open: 2 } as const;

/** The circuit breakers that the app has made with `tidegate/state`, merged over the workers: each worker has its own. */
export class AppBreakerViews {
  readonly #pool: WorkerPool;

  constructor(pool: WorkerPool) {
    this.#pool = pool;
  }

  /** By name. The state is the worst of the workers'. */
  report(): Record<string, AppBreakerView> {
    const views: Record<string, AppBreakerView> = {};
    for (const worker of this.#pool.ready()) {
      for (const [name, report] of Object.entries(worker.appBreakers)) {
        views[name] = merged(views[name], `worker-${worker.slot}`, report);
      }
    }
    return views;
  }

  /** Closes one in all workers, or all; false: no worker has one of that name. */
  reset(name?: string): boolean {
    if (name !== undefined && !Object.hasOwn(this.report(), name)) return false;
    for (const worker of this.#pool.ready()) {
      worker.send({ type: 'reset-breakers', name: name ?? null });
      // Until its next report, in a second.
      worker.appBreakers = Object.fromEntries(
        Object.entries(worker.appBreakers).map(([known, report]) => [
          known,
          name === undefined || name === known ? { ...report, state: 'closed' } : report,
        ]),
      );
    }
    return true;
  }
}

function merged(before: AppBreakerView | undefined, worker: string, report: AppBreakerReport): AppBreakerView {
  const { state, lastFailure } = report;
  const sum = (field: 'totalRequests' | 'successfulRequests' | 'failedRequests' | 'rejectedRequests'): number =>
    (before?.[field] ?? 0) + report[field];
  const [successfulRequests, failedRequests] = [sum('successfulRequests'), sum('failedRequests')];
  const ended = successfulRequests + failedRequests;
  return {
    state: before !== undefined && SEVERITY[before.state] > SEVERITY[state] ? before.state : state,
    totalRequests: sum('totalRequests'),
    successfulRequests,
    failedRequests,
    rejectedRequests: sum('rejectedRequests'),
    successRate: ended === 0 ? 1 : successfulRequests / ended,
    lastFailure: lastFailure ?? before?.lastFailure ?? null,
    workers: { ...before?.workers, [worker]: report },
  };
}
