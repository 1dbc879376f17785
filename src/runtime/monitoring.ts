import type { Config } from '../../config/schema.ts';
import type { AppReport } from '../ipc/app-metrics.ts';
import type { TelemetrySample } from '../ipc/status.ts';
import type { Alert, AlertLogger } from '../scaling/alerts/alert.ts';
import { AlertDispatcher } from '../scaling/alerts/alert-dispatcher.ts';
import { consoleWatcher } from '../scaling/alerts/console-watcher.ts';
import { AppChecks } from '../scaling/app-metrics/app-checks.ts';
import { AppLedger } from '../scaling/app-metrics/app-ledger.ts';
import type { Observation } from '../scaling/autoscale/observation.ts';
import type { DecisionRecord } from '../scaling/autoscale/record.ts';
import type { ShadowStanding } from '../scaling/autoscale/shadow.ts';
import { parseLevels } from '../scaling/health/levels.ts';
import { RecoveryLog } from '../scaling/health/recovery-log.ts';
import { CheckSchedule } from '../scaling/health-checks/check-schedule.ts';
import { type DependencyHealth, HealthMonitor } from '../scaling/health-monitor.ts';
import { HistoryKeeper } from '../scaling/history/keeper.ts';
import { HostDevices } from '../scaling/machine/host-devices.ts';
import { ProcessUsage } from '../scaling/machine/process-usage.ts';
import { Machine } from '../scaling/machine.ts';
import type { AlertControl, HealthView, MetricsView } from '../scaling/management/services.ts';
import { MetricsExposition } from '../scaling/metrics/exposition.ts';
import type { BreakerFigures } from '../scaling/metrics/family.ts';
import { MeterLedger } from '../scaling/metrics/meter-ledger.ts';
import { ScalingCounts } from '../scaling/metrics/scaling-counts.ts';
import { MetricsCollector, type WorkerProbe } from '../scaling/metrics-collector.ts';
import type { OtlpExport } from '../scaling/telemetry-export/otlp-export.ts';
import { WorkerRecovery } from '../scaling/worker-recovery.ts';
import { alertChannels } from './alert-channels.ts';
import { healthChecks, misnamedProbes, runtimeProbes } from './health-checks.ts';
import { ScalingAlerts } from './scaling-alerts.ts';
import { telemetryExport } from './telemetry-export.ts';

const NO_DEVICES: Pick<HostDevices, 'figures'> = {
  figures: () => Promise.resolve({ network: null, disk: null, diskTraffic: null }),
};

/** What the runtime sees of itself: collector, health monitor, alerts, Prometheus, wired. */
export class Monitoring {
  readonly alerts: AlertControl;
  readonly health: HealthView;
  /** Null: HISTORY_ENABLED is false. */
  readonly history: HistoryKeeper | null;
  readonly metrics: MetricsView;
  /** What workers count on the shared state and the database. */
  readonly meters = new MeterLedger();
  /** What the app itself tells, in its workers. */
  readonly #app = new AppLedger();
  readonly #appChecks = new AppChecks();
  readonly #probe: WorkerProbe;
  readonly #collector: MetricsCollector;
  readonly #checks: CheckSchedule;
  readonly #monitor: HealthMonitor;
  readonly #alerts: AlertDispatcher;
  readonly #export: OtlpExport | null;
  readonly #counts = new ScalingCounts();
  readonly #scalingAlerts: ScalingAlerts;

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
    /** Breakers of what the balancer sends requests to. */
    readonly upstreams: () => readonly BreakerFigures[];
    /** Connections and requests that no worker has seen yet. */
    readonly waitingWork: () => number;
    /** The app's working directory. */
    readonly cwd: string;
    /** One question to Redis; null: there is none. */
    readonly pingRedis: (() => Promise<void>) | null;
  }) {
    const { config, name, version, probe, breakers, log, onAlert } = options;
    this.#probe = probe;
    const processes = new ProcessUsage();
    this.#collector = new MetricsCollector({
      probe,
      machine: new Machine(),
      processes,
      waitingWork: options.waitingWork,
      custom: () => this.#app.gauges(),
    });
    const alerts = new AlertDispatcher({
      watchers: config.monitoringEnabled ? [consoleWatcher(log), onAlert] : [onAlert],
      channels: config.monitoringEnabled ? alertChannels(config, log) : [],
      instance: name,
      groupMs: config.alertGroupMs,
      repeatMs: config.alertRepeatMs,
      sentenceOf: (key) => this.#monitor.sentenceOf(key),
    });
    this.#alerts = alerts;
    this.#scalingAlerts = new ScalingAlerts(alerts);
    this.alerts = {
      report: () => alerts.report(Date.now()),
      silence: (request) => alerts.silence(request, Date.now()),
      endSilence: (id) => alerts.endSilence(id),
      test: (channel) => alerts.test(channel, Date.now()),
    };
    const recoveryLog = new RecoveryLog();
    this.#checks = new CheckSchedule(healthChecks({ config, cwd: options.cwd, probe, pingRedis: options.pingRedis }));
    this.#monitor = new HealthMonitor({
      probe,
      probes: runtimeProbes(config),
      checks: config.healthChecksEnabled ? [this.#checks, this.#appChecks] : [],
      levels: parseLevels(config.healthLevels),
      upstreams: options.upstreams,
      alerts: this.#alerts,
      dependencies: options.dependencies,
      recovery: new WorkerRecovery({ hungTimeoutMs: config.hungTimeoutMs, recovery: null, log: recoveryLog }),
      recoveryLog,
    });
    this.history = config.historyEnabled
      ? new HistoryKeeper({ path: config.historyFile, log: (level, message) => log(level, message, {}) })
      : null;
    this.health = {
      health: () => this.#monitor.health(),
      performance: () => this.#collector.performance(),
    };
    const exposition = new MetricsExposition({
      collector: this.#collector,
      processes,
      devices: config.monitoringEnabled ? new HostDevices() : NO_DEVICES,
      scaling: this.#counts,
      meters: this.meters,
      app: this.#app,
      alerts: () => alerts.report(Date.now()),
      probes: () => this.#monitor.levels(),
      breakers,
      build: { version, node: process.versions.node },
    });
    this.metrics = exposition;
    this.#export = telemetryExport(config, { name, version }, exposition, log);
    for (const probe of misnamedProbes(config)) {
      log('warn', `there is no health probe "${probe}"; GET /health names those that there are`, {});
    }
  }

  /** One round: figures of all workers and the machine, judged by the health monitor. */
  async observe(): Promise<Observation> {
    const observation = await this.#collector.collect(Date.now());
    const status = this.#probe.status();
    await this.#monitor.tick(observation, status);
    this.#alerts.tick(observation.atMs);
    this.history?.note(observation, status);
    this.#export?.tick(observation.atMs);
    return observation;
  }

  /** A worker is saturated. Returns whether the scaler should look at once. */
  onSaturated(workerId: number, figures: Omit<TelemetrySample, 'totals'>): boolean {
    return this.#collector.onSaturated(workerId, figures);
  }

  /** A look before its time. */
  peek(): Observation {
    return this.#collector.peek(Date.now());
  }

  /** Takes a last look at workers that are about to leave the status. */
  refresh(): void {
    this.#collector.refresh();
  }

  /** What a worker tells of the app's own metrics and checks. */
  onApp(workerId: number, report: AppReport): void {
    this.#app.fold(workerId, report);
    this.#appChecks.fold(workerId, report);
  }

  /** The worker is gone: what it had at the moment counts no longer. */
  forget(workerId: number): void {
    this.meters.forget(workerId);
    this.#app.forget(workerId);
    this.#appChecks.forget(workerId);
  }

  /** Counts a decision, and tells of the alerts that it brings or ends. */
  onDecision(record: DecisionRecord, shadows: readonly ShadowStanding[]): void {
    this.#counts.record(record);
    this.#counts.shadows = shadows;
    this.#scalingAlerts.onDecision(record);
  }

  /** A dependency is missing (a sentence), or is back (null). */
  onDependency(name: string, trouble: string | null): void {
    const key = `dependency/${name}`;
    const checked = this.#monitor.levels().get(name);
    if (trouble !== null) this.#alerts.fire({ key, severity: 'warning', sentence: trouble }, Date.now());
    // While the check finds trouble too, it tells of the end.
    else if (checked !== 'warning' && checked !== 'critical') this.#alerts.resolve(key, `${name} is back`, Date.now());
    this.#checks.hurry(name);
  }

  async close(deadlineMs: number): Promise<void> {
    this.#checks.close();
    const nowMs = Date.now();
    await Promise.all([
      this.#alerts.close(deadlineMs, nowMs),
      this.history?.close(),
      this.#export?.close(deadlineMs, nowMs),
    ]);
  }
}
