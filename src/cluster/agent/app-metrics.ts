import type { AppAggregator, AppCheckReport, AppMetric, AppMetricType, AppReport } from '../../ipc/app-metrics.ts';

/** Where `tidegate/metrics` keeps the app's health checks (src/scaling/app-metrics/health-check.ts). */
const CHECKS_KEY = Symbol.for('tidegate.checks');
/** More than a page of figures should have; what is beyond is left out, and counted. */
const MAX_POINTS = 1_000;
const COLLECT_EVERY_MS = 5_000;
/** An app that uses prom-client loads it at its start, so the search becomes seldom soon. */
const SEARCH_FIRST_MS = 1_000;
const SEARCH_LAST_MS = 300_000;
const PROM_CLIENT = /[\\/]prom-client[\\/]index\.js$/;

/** The part of prom-client's registry that is read. */
interface Registry {
  getMetricsAsJSON(): Promise<readonly PromMetric[]>;
}

interface PromMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator?: string;
  readonly values: readonly {
    readonly value: number;
    readonly metricName?: string;
    readonly labels?: Readonly<Record<string, unknown>>;
  }[];
}

/** Reads the app's own metrics, if it has any: prom-client's default registry, wherever the app has loaded it from, and its checks. */
export class AppMetrics {
  readonly #modules: Readonly<Record<string, { readonly exports: unknown } | undefined>>;
  #registries: readonly Registry[] = [];
  #searchAtMs = SEARCH_FIRST_MS;
  #searchedModules = 0;
  #searchPauseMs = SEARCH_FIRST_MS;
  #collectAtMs = 0;
  #collecting = false;
  #toldMetrics = '';
  #toldChecks = '';

  /** @param modules `require.cache`: prom-client is CommonJS, and stands there when the app has imported it, too */
  constructor(modules: Readonly<Record<string, { readonly exports: unknown } | undefined>>) {
    this.#modules = modules;
  }

  /**
   * Collects when it is time, and hands over what has changed. Costs an app without metrics next to nothing.
   * @param nowMs since the start of the process
   */
  tick(nowMs: number, tell: (report: AppReport) => void): void {
    const checks = this.#changedChecks();
    if (checks !== null) tell({ metrics: null, dropped: 0, checks });
    if (nowMs >= this.#searchAtMs) this.#search(nowMs);
    if (this.#registries.length === 0 || this.#collecting || nowMs < this.#collectAtMs) return;
    this.#collectAtMs = nowMs + COLLECT_EVERY_MS;
    this.collect(tell);
  }

  /** Collects at once, as before the end. */
  collect(tell: (report: AppReport) => void): void {
    if (this.#registries.length === 0 || this.#collecting) return;
    this.#collecting = true;
    this.#read()
      .then((report) => {
        if (report !== null) tell(report);
      })
      // A figure of the app's that throws must not end the app.
      .catch(() => {})
      .finally(() => {
        this.#collecting = false;
      });
  }

  async #read(): Promise<AppReport | null> {
    const metrics: AppMetric[] = [];
    let room = MAX_POINTS;
    let dropped = 0;
    for (const registry of this.#registries) {
      for (const metric of await registry.getMetricsAsJSON()) {
        const told = metricOf(metric);
        if (told === null) continue;
        dropped += Math.max(0, told.points.length - room);
        metrics.push({ ...told, points: told.points.slice(0, room) });
        room = Math.max(0, room - told.points.length);
      }
    }
    const fingerprint = JSON.stringify(metrics);
    if (fingerprint === this.#toldMetrics) return null;
    this.#toldMetrics = fingerprint;
    return { metrics, dropped, checks: null };
  }

  #search(nowMs: number): void {
    this.#searchPauseMs = Math.min(2 * this.#searchPauseMs, SEARCH_LAST_MS);
    this.#searchAtMs = nowMs + this.#searchPauseMs;
    const names = Object.keys(this.#modules);
    if (names.length === this.#searchedModules) return;
    this.#searchedModules = names.length;
    this.#registries = names
      .filter((name) => PROM_CLIENT.test(name))
      .map((name) => Object(this.#modules[name]?.exports).register as Registry | undefined)
      .filter((registry) => typeof registry?.getMetricsAsJSON === 'function') as Registry[];
  }

  #changedChecks(): readonly AppCheckReport[] | null {
    const all = (globalThis as { [CHECKS_KEY]?: ReadonlyMap<string, AppCheckReport> })[CHECKS_KEY];
    if (all === undefined) return null;
    const checks = [...all.values()];
    const fingerprint = JSON.stringify(checks);
    if (fingerprint === this.#toldChecks) return null;
    this.#toldChecks = fingerprint;
    return checks;
  }
}

const TYPES: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary'] satisfies AppMetricType[]);
const AGGREGATORS: ReadonlySet<string> = new Set(['sum', 'first', 'min', 'max', 'average'] satisfies AppAggregator[]);

/** Null: it is none of ours to tell, or not to be merged (`omit`). */
function metricOf({ name, help, type, aggregator = 'sum', values }: PromMetric): AppMetric | null {
  // Newer versions of prom-client number the types.
  if (!TYPES.has(type) || !AGGREGATORS.has(aggregator)) return null;
  // Quantiles of several workers can't be merged; the sum and the count can.
  const kept = type === 'summary' ? values.filter(({ labels }) => labels?.quantile === undefined) : values;
  const points = kept
    .filter(({ value }) => Number.isFinite(value))
    .map(({ value, metricName = name, labels = {} }) => {
      const flat = Object.entries(labels).flatMap(([label, given]) => [label, String(given)]);
      return [metricName, flat, value] as const;
    });
  return { name, help, type: type as AppMetricType, aggregator: aggregator as AppAggregator, points };
}
