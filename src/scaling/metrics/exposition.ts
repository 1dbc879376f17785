/** `GET /metrics`: the catalogue, read at the scrape and written by prom-client. */
import { type Metric, Registry } from 'prom-client';
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
  /** Levels of the health probes; empty while there is no monitor. */
  readonly probes: () => ReadonlyMap<string, HealthLevel>;
  readonly breakers: () => readonly BreakerFigures[];
  readonly build: { readonly version: string; readonly node: string };
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

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

  /** The page, in Prometheus' text format. */
  async expose(): Promise<string> {
    const sources = await this.#sources();
    this.#points = new Map(this.#definitions.map(({ name, read }) => [name, read(sources)]));
    return this.#registry.metrics();
  }

  async #sources(): Promise<MetricSources> {
    const { collector, processes, devices, scaling, meters, probes, breakers, build } = this.#options;
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
      build,
    };
  }
}
