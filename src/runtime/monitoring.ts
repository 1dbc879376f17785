import type { Config } from '../../config/schema.ts';
import type { Alert, AlertChannel, AlertLogger } from '../scaling/alerts/alert.ts';
import { AlertDispatcher } from '../scaling/alerts/alert-dispatcher.ts';
import type { Observation } from '../scaling/autoscale/observation.ts';
import type { DecisionRecord } from '../scaling/autoscale/record.ts';
import { allProbes } from '../scaling/health/probes.ts';
import { type DependencyHealth, HealthMonitor } from '../scaling/health-monitor.ts';
import { HostDevices } from '../scaling/machine/host-devices.ts';
import { ProcessUsage } from '../scaling/machine/process-usage.ts';
import { Machine } from '../scaling/machine.ts';
import type { HealthView, MetricsView } from '../scaling/management/services.ts';
import { MetricsExposition } from '../scaling/metrics/exposition.ts';
import type { BreakerFigures } from '../scaling/metrics/family.ts';
import { MeterLedger } from '../scaling/metrics/meter-ledger.ts';
import { ScalingCounts } from '../scaling/metrics/scaling-counts.ts';
import { MetricsCollector, type WorkerProbe } from '../scaling/metrics-collector.ts';
import { WorkerRecovery } from '../scaling/worker-recovery.ts';
import { alertChannels } from './alert-channels.ts';

const NO_DEVICES: Pick<HostDevices, 'figures'> = {
  figures: () => Promise.resolve({ network: null, disk: null, diskTraffic: null }),
};

/** What the runtime sees of itself: collector, health monitor, alerts, Prometheus, wired. */
export class Monitoring {
  readonly health: HealthView;
  readonly metrics: MetricsView;
  /** What workers count on the shared state and the database. */
  readonly meters = new MeterLedger();
  readonly #probe: WorkerProbe;
  readonly #collector: MetricsCollector;
  readonly #monitor: HealthMonitor;
  readonly #alerts: AlertDispatcher;
  readonly #counts = new ScalingCounts();
  /** Sources of the scaler's alerts that are firing. */
  #scalingAlerts: ReadonlySet<string> = new Set();

  /** @throws WebhookUrlError */
  constructor(options: {
    readonly config: Config;
    readonly name: string;
    readonly version: string;
    readonly probe: WorkerProbe;
    readonly breakers: () => readonly BreakerFigures[];
    readonly log: AlertLogger;
    readonly onAlert: (alert: Alert) => void;
    /** What the runtime uses and can do without. */
    readonly dependencies: () => Readonly<Record<string, DependencyHealth>>;
  }) {
    const { config, name, version, probe, breakers, log, onAlert } = options;
    this.#probe = probe;
    const processes = new ProcessUsage();
    this.#collector = new MetricsCollector({ probe, machine: new Machine(), processes });
    const watchers: AlertChannel = { name: 'events', deliver: onAlert, close: () => Promise.resolve() };
    this.#alerts = new AlertDispatcher({
      channels: [...(config.monitoringEnabled ? alertChannels(config, log) : []), watchers],
      instance: name,
    });
    this.#monitor = new HealthMonitor({
      probe,
      probes: config.healthChecksEnabled ? allProbes({ hungTimeoutMs: config.hungTimeoutMs }) : [],
      alerts: this.#alerts,
      dependencies: options.dependencies,
      recovery: new WorkerRecovery({ hungTimeoutMs: config.hungTimeoutMs, recovery: null }),
    });
    this.health = {
      health: () => this.#monitor.health(),
      performance: () => this.#collector.performance(),
    };
    this.metrics = new MetricsExposition({
      collector: this.#collector,
      processes,
      devices: config.monitoringEnabled ? new HostDevices() : NO_DEVICES,
      scaling: this.#counts,
      meters: this.meters,
      probes: () => this.#monitor.levels(),
      breakers,
      build: { version, node: process.versions.node },
    });
  }

  /** One round: figures of all workers and the machine, judged by the health monitor. */
  async observe(): Promise<Observation> {
    const observation = await this.#collector.collect(Date.now());
    await this.#monitor.tick(observation, this.#probe.status());
    return observation;
  }

  /** Takes a last look at workers that are about to leave the status. */
  refresh(): void {
    this.#collector.refresh();
  }

  /** Counts a decision, and tells of the alerts that it brings or ends. */
  onDecision(record: DecisionRecord): void {
    this.#counts.record(record);
    const { alerts, atMs } = record;
    for (const { source, sentence } of alerts) {
      this.#alerts.fire({ key: `scaling/${source}`, severity: 'warning', sentence }, atMs);
    }
    const firing = new Set(alerts.map(({ source }) => source));
    for (const source of this.#scalingAlerts) {
      if (!firing.has(source)) this.#alerts.resolve(`scaling/${source}`, 'no longer so', atMs);
    }
    this.#scalingAlerts = firing;
  }

  /** A dependency is missing (a sentence), or is back (null). */
  onDependency(name: string, trouble: string | null): void {
    const key = `dependency/${name}`;
    if (trouble === null) this.#alerts.resolve(key, `${name} is back`, Date.now());
    else this.#alerts.fire({ key, severity: 'warning', sentence: trouble }, Date.now());
  }

  close(deadlineMs: number): Promise<void> {
    return this.#alerts.close(deadlineMs);
  }
}
