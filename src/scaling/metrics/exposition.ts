/** `GET /metrics`: the catalogue, read at the scrape and written by prom-client. */
import { type Metric, Registry } from 'prom-client';
import type { AlertsReport } from '../alerts/alert-dispatcher.ts';
import type { AppFamily, AppLedger } from '../app-metrics/app-ledger.ts';
import type { HealthLevel } from '../health/probe-state.ts';
import type { HostDevices } from '../machine/host-devices.ts';
import type { ProcessUsage } from '../machine/process-usage.ts';
import type { MetricsCollector } from '../metrics-collector.ts';
import { CATALOGUE } from './catalogue.ts';
import type { BreakerFigures, MetricDefinition, MetricPoint, MetricSources } from './family.ts';
import type { MeterLedger } from './meter-ledger.ts';
import type { ScalingCounts } from './scaling-counts.ts';

export interface MetricsExpositionOptions {
  readonly collector: MetricsCollector;
  readonly processes: Pick<ProcessUsage, 'read'>;
  readonly devices: Pick<HostDevices, 'figures'>;
  readonly scaling: ScalingCounts;
  readonly meters: MeterLedger;
  /** Metrics of the app's own; by default none. */
  readonly app?: Pick<AppLedger, 'families'>;
  readonly alerts?: () => Pick<AlertsReport, 'active' | 'channels'>;
  /** Levels of the health probes; empty while there is no monitor. */
  readonly probes: () => ReadonlyMap<string, HealthLevel>;
  readonly breakers: () => readonly BreakerFigures[];
  readonly build: { readonly version: string; readonly node: string };
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** A metric as it was read. */
export type ReadMetric = Pick<AppFamily, 'name' | 'help' | 'type' | 'points'>;

const NO_ALERTS: Pick<AlertsReport, 'active' | 'channels'> = { active: [], channels: [] };

export class MetricsExposition {
  readonly #options: MetricsExpositionOptions;
  readonly #now: () => number;
  readonly #registry = new Registry();
  readonly #definitions: readonly MetricDefinition[];
  #points: ReadonlyMap<string, readonly MetricPoint[]> = new Map();
  #loop = performance.eventLoopUtilization();

  constructor(options: MetricsExpositionOptions, definitions: readonly MetricDefinition[] = CATALOGUE) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#definitions = definitions;
    for (const definition of definitions) {
      // prom-client's registry asks a metric for no more than this; its own classes would keep every sum a second time.
      const metric = { ...definition, get: async () => ({ ...definition, values: this.#points.get(definition.name) }) };
      this.#registry.registerMetric(metric as unknown as Metric);
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The page, in Prometheus' text format: ours, and behind it the app's own. */
  async expose(): Promise<string> {
    const sources = await this.#sources();
    this.#points = new Map(this.#definitions.map(({ name, read }) => [name, read(sources)]));
    const families = this.#options.app?.families() ?? [];
    const ours = await this.#registry.metrics();
    return families.length === 0 ? ours : `${ours.trimEnd()}\n\n${await pageOf(families)}`;
  }

  /** Every metric with its points as of now, the app's own behind ours: for exports other than the page. */
  async read(): Promise<readonly ReadMetric[]> {
    const sources = await this.#sources();
    const ours = this.#definitions.map(({ name, help, type, read }) => ({ name, help, type, points: read(sources) }));
    return [...ours, ...(this.#options.app?.families() ?? [])];
  }

  async #sources(): Promise<MetricSources> {
    const { collector, processes, devices, scaling, meters, probes, breakers, build, alerts } = this.#options;
    const nowMs = this.#now();
    const [figures, deviceFigures] = await Promise.all([processes.read(process.pid), devices.figures(nowMs)]);
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    this.#loop = loop;
    const status = collector.refresh();
    const byPid = new Map(status.workers.map((worker) => [worker.pid, worker]));
    return {
      nowMs,
      status,
      totals: collector.totals,
      restarts: collector.restarts,
      drains: collector.drains,
      scaling,
      meters,
      processFigures: (pid) => {
        const worker = byPid.get(pid);
        return worker === undefined ? undefined : collector.processFigures(worker, nowMs);
      },
      machine: collector.machine,
      devices: deviceFigures,
      own: { figures, heapUsedBytes: process.memoryUsage().heapUsed, elu: utilization },
      probes: probes(),
      breakers: breakers(),
      alerts: alerts?.() ?? NO_ALERTS,
      build,
    };
  }
}

/** The app's metrics come and go, so that each page has a registry of its own. */
function pageOf(families: readonly AppFamily[]): Promise<string> {
  const registry = new Registry();
  for (const { points, labels, ...family } of families) {
    const metric = { ...family, labelNames: labels, get: async () => ({ ...family, values: points }) };
    registry.registerMetric(metric as unknown as Metric);
  }
  return registry.metrics();
}
