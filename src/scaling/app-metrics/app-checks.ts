import type { AppCheckReport, AppReport } from '../../ipc/app-metrics.ts';
import type { ProbeSpec, Threshold } from '../health/probe-state.ts';
import type { CheckResult, CheckSource } from '../health-checks/check.ts';

/** So that no check of the app's takes the name of one of ours. */
const PREFIX = 'app-';
const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const MAX_CHECKS = 40;
/** A level is left when the figure is a tenth better than where it was reached. */
const HYSTERESIS = 0.1;

/** Health checks that the app made with `tidegate/metrics`: the worst worker counts. */
export class AppChecks implements CheckSource {
  readonly #byWorker = new Map<number, readonly AppCheckReport[]>();
  readonly #specs = new Map<string, ProbeSpec>();
  readonly #judged = new Map<string, string>();
  #nowMs = 0;

  fold(workerId: number, { checks }: AppReport): void {
    if (checks !== null) this.#byWorker.set(workerId, checks);
  }

  forget(workerId: number): void {
    this.#byWorker.delete(workerId);
  }

  tick(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** One result for each check of which some worker has a new one. */
  take(): readonly CheckResult[] {
    const all = new Map<string, (AppCheckReport & { readonly workerId: number })[]>();
    for (const [workerId, reports] of this.#byWorker) {
      for (const report of reports) all.set(report.name, [...(all.get(report.name) ?? []), { ...report, workerId }]);
    }
    const results: CheckResult[] = [];
    for (const [name, reports] of all) {
      const fingerprint = reports.map(({ workerId, sequence }) => `${workerId}:${sequence}`).join();
      const spec = this.#specOf(reports[0] as AppCheckReport);
      if (spec === undefined || this.#judged.get(name) === fingerprint) continue;
      this.#judged.set(name, fingerprint);
      const badness = spec.worseWhen === 'above' ? 1 : -1;
      const worst = reports.reduce((left, right) => (badness * right.value > badness * left.value ? right : left));
      const { value, unit, workerId, failure, isDependency } = worst;
      const said = failure ?? `${value} ${unit}`.trim();
      const measurement = { value, sentence: `${name} in worker ${workerId}: ${said}` };
      results.push({ spec, isDependency, measurement, atMs: this.#nowMs });
    }
    return results;
  }

  #specOf({ name, unit, worseWhen, warning, critical }: AppCheckReport): ProbeSpec | undefined {
    const known = this.#specs.get(name);
    if (known !== undefined || this.#specs.size >= MAX_CHECKS || !NAME.test(name)) return known;
    const badness = worseWhen === 'above' ? 1 : -1;
    const threshold = (set: number): Threshold => ({
      set,
      clear: set - badness * Math.abs(set) * HYSTERESIS,
      rise: 2,
    });
    const spec: ProbeSpec = {
      name: `${PREFIX}${name}`,
      unit,
      worseWhen,
      ...(warning !== null && { warning: threshold(warning) }),
      ...(critical !== null && { critical: threshold(critical) }),
      fall: 2,
      unknownAfter: 3,
    };
    this.#specs.set(name, spec);
    return spec;
  }
}
