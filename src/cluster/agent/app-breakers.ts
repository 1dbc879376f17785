import type { AppBreakerReport, AppBreakerReports } from '../../ipc/protocol.ts';

/** Where `tidegate/state` keeps the app's breakers (src/scaling/state/breaker/index.ts). */
const BREAKERS_KEY = Symbol.for('tidegate.breakers');

interface AppBreaker {
  report(): AppBreakerReport;
  reset(): void;
}

/** The circuit breakers that the app in this process has made, if it has made any. */
export class AppBreakers {
  #told = '';

  /** Null when they are what they were at the previous call. */
  changed(): AppBreakerReports | null {
    const all = this.#all();
    if (all === undefined) return null;
    const reports = Object.fromEntries([...all].map(([name, breaker]) => [name, breaker.report()]));
    const fingerprint = JSON.stringify(reports);
    if (fingerprint === this.#told) return null;
    this.#told = fingerprint;
    return reports;
  }

  reset(name: string | null): void {
    for (const [known, breaker] of this.#all() ?? []) if (name === null || known === name) breaker.reset();
  }

  #all(): ReadonlyMap<string, AppBreaker> | undefined {
    return (globalThis as { [BREAKERS_KEY]?: ReadonlyMap<string, AppBreaker> })[BREAKERS_KEY];
  }
}
