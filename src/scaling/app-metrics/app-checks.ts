import type { AppCheckReport, AppReport } from '../../ipc/app-metrics.ts';
import type { ProbeSpec, Threshold } from '../health/probe-state.ts';
import type { CheckResult, CheckSource } from '../health-checks/check.ts';

/** So that no check of the app's takes the name of one of ours. */
const PREFIX = 'app-';
const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const MAX_CHECKS = 40;
/** A level is left when the figure is a tenth better than where it was reached. */
const HYSTERESIS = 0.1;
/** While all workers are replaced, none may tell of a check that the app still has. */
const ENDED_AFTER_MS = 60_000;

/** Health checks that the app made with `tidegate/metrics`: the worst worker counts. */
export class AppChecks implements CheckSource {
  readonly #byWorker = new Map<number, readonly AppCheckReport[]>();
  /** The checks there are, each with the report that was judged last. */
  readonly #judged = new Map<string, string>();
  /** Of the checks of which no worker tells at the moment: since when. */
  readonly #missingSinceMs = new Map<string, number>();
  #hasNews = false;
  #nowMs = 0;

  fold(workerId: number, { checks }: AppReport): void {
    if (checks === null) return;
    this.#byWorker.set(workerId, checks);
    this.#hasNews = true;
  }

  forget(workerId: number): void {
    if (this.#byWorker.delete(workerId)) this.#hasNews = true;
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** One result for each check whose worst report is a new one. */
  take(): readonly CheckResult[] {
    if (!this.#hasNews) return [];
    this.#hasNews = false;
    const all = new Map<string, (AppCheckReport & { readonly workerId: number })[]>();
    for (const [workerId, reports] of this.#byWorker) {
      for (const report of reports) all.set(report.name, [...(all.get(report.name) ?? []), { ...report, workerId }]);
    }
    this.#noteMissing(all);
    const results: CheckResult[] = [];
    for (const [name, reports] of all) {
      if (!this.#isKnown(name)) continue;
      // During a reload its levels are those that the new code gives.
      const newest = reports.reduce((left, right) => (right.workerId > left.workerId ? right : left));
      const spec = specOf(newest);
      const badness = spec.worseWhen === 'above' ? 1 : -1;
      const worst = reports.reduce((left, right) => (badness * right.value > badness * left.value ? right : left));
      // Not with the others' reports: one bad value must not count again because another worker was well.
      const fingerprint = `${worst.workerId}:${worst.sequence}`;
      if (this.#judged.get(name) === fingerprint) continue;
      this.#judged.set(name, fingerprint);
      const { value, unit, workerId, failure } = worst;
      const { isDependency } = newest;
      const said = failure ?? `${value} ${unit}`.trim();
      const measurement = { value, sentence: `${name} in worker ${workerId}: ${said}` };
      results.push({ spec, isDependency, measurement, atMs: this.#nowMs });
    }
    return results;
  }

  /** Checks that no worker has had for a minute: the app was reloaded without them, or has ended them. */
  takeEnded(): readonly string[] {
    const ended: string[] = [];
    for (const [name, sinceMs] of this.#missingSinceMs) {
      if (this.#nowMs - sinceMs < ENDED_AFTER_MS) continue;
      this.#missingSinceMs.delete(name);
      this.#judged.delete(name);
      ended.push(`${PREFIX}${name}`);
    }
    return ended;
  }

  #noteMissing(told: ReadonlyMap<string, unknown>): void {
    for (const name of this.#judged.keys()) {
      if (told.has(name)) this.#missingSinceMs.delete(name);
      else if (!this.#missingSinceMs.has(name)) this.#missingSinceMs.set(name, this.#nowMs);
    }
  }

  #isKnown(name: string): boolean {
    return this.#judged.has(name) || (this.#judged.size < MAX_CHECKS && NAME.test(name));
  }
}

function specOf({ name, unit, worseWhen, warning, critical }: AppCheckReport): ProbeSpec {
  const badness = worseWhen === 'above' ? 1 : -1;
  const threshold = (set: number): Threshold => ({ set, clear: set - badness * Math.abs(set) * HYSTERESIS, rise: 2 });
  return {
    name: `${PREFIX}${name}`,
    unit,
    worseWhen,
    ...(warning !== null && { warning: threshold(warning) }),
    ...(critical !== null && { critical: threshold(critical) }),
    fall: 2,
    unknownAfter: 3,
  };
}
