import type { CheckResult, CheckSource, HealthCheck } from './check.ts';

interface Entry {
  readonly check: HealthCheck;
  dueAtMs: number;
  /** True until the check has really come to its end, which may be long after its timeout. */
  busy: boolean;
  startedAtMs: number;
}

export interface CheckScheduleOptions {
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/**
 * Runs checks, each at its interval and never twice at a time. One that takes longer than its timeout (and never sooner) has failed; while it hangs on (a
 * network file system that is away), it has failed at each further interval.
 */
export class CheckSchedule implements CheckSource {
  readonly #entries: readonly Entry[];
  readonly #now: () => number;
  /** Of the checks under way. */
  readonly #running = new Set<AbortController>();
  #closed = false;
  #results: CheckResult[] = [];
  #tickedAtMs = Number.NEGATIVE_INFINITY;

  constructor(checks: readonly HealthCheck[], { now = Date.now }: CheckScheduleOptions = {}) {
    this.#entries = checks.map((check) => ({ check, dueAtMs: Number.NEGATIVE_INFINITY, busy: false, startedAtMs: 0 }));
    this.#now = now;
  }

  tick(nowMs: number): void {
    if (this.#closed) return;
    if (nowMs < this.#tickedAtMs) this.#clockWentBack(nowMs);
    this.#tickedAtMs = nowMs;
    for (const entry of this.#entries) {
      if (nowMs < entry.dueAtMs) continue;
      // It has its whole timeout, however short the interval is.
      if (entry.busy && nowMs - entry.startedAtMs < entry.check.timeoutMs) continue;
      entry.dueAtMs = nowMs + entry.check.intervalMs;
      if (entry.busy) this.#report(entry.check, entry.check.failure('it still has not answered'), nowMs);
      else void this.#run(entry, nowMs);
    }
  }

  take(): readonly CheckResult[] {
    const results = this.#results;
    this.#results = [];
    return results;
  }

  /** Has one checked at the next tick, whatever its interval says. */
  hurry(name: string): void {
    for (const entry of this.#entries) {
      if (entry.check.spec.name === name) entry.dueAtMs = Number.NEGATIVE_INFINITY;
    }
  }

  /** Starts none any more, and tells those under way. */
  close(): void {
    this.#closed = true;
    for (const running of this.#running) running.abort();
    for (const { check } of this.#entries) check.close?.();
  }

  /** Else none would be made until the clock is where it was. */
  #clockWentBack(nowMs: number): void {
    for (const entry of this.#entries) {
      entry.dueAtMs = nowMs;
      entry.startedAtMs = Math.min(entry.startedAtMs, nowMs);
    }
  }

  async #run(entry: Entry, nowMs: number): Promise<void> {
    const { check } = entry;
    entry.busy = true;
    entry.startedAtMs = nowMs;
    const limit = new AbortController();
    this.#running.add(limit);
    const measured = measure(check, limit.signal).finally(() => {
      entry.busy = false;
      this.#running.delete(limit);
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, check.timeoutMs, null);
      timer.unref();
    });
    const measurement = await Promise.race([measured, late]);
    clearTimeout(timer);
    if (measurement === null) {
      limit.abort();
      // This failure is not told again at once.
      const { intervalMs, timeoutMs } = check;
      entry.dueAtMs = Math.max(entry.dueAtMs, nowMs + timeoutMs + Math.min(intervalMs, timeoutMs));
    }
    if (this.#closed) return;
    this.#report(check, measurement ?? check.failure(`no answer within ${check.timeoutMs} ms`), this.#now());
  }

  #report({ spec, isDependency }: HealthCheck, measurement: CheckResult['measurement'], atMs: number): void {
    this.#results.push({ spec, isDependency, measurement, atMs });
  }
}

async function measure(check: HealthCheck, signal: AbortSignal): Promise<CheckResult['measurement']> {
  try {
    return await check.measure(signal);
  } catch (error) {
    return check.failure(reasonOf(error));
  }
}

/** A code where there is one: messages of drivers may hold addresses with passwords. */
function reasonOf(error: unknown): string {
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && code !== '') return code;
  const inner = Object(cause) as { code?: unknown };
  if (typeof inner.code === 'string') return inner.code;
  return error instanceof Error ? error.name : 'an unknown error';
}
