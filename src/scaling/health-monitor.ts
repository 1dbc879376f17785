/** Runs the health probes over each observation, tells people what changes, and answers `GET /health`. */
import type { ClusterStatus } from '../ipc/status.ts';
import type { Alert } from './alerts/alert.ts';
import type { AlertDispatcher } from './alerts/alert-dispatcher.ts';
import type { Observation } from './autoscale/observation.ts';
import { mayServe, type OverallStatus, overallStatus } from './health/overall.ts';
import type { Probe } from './health/probe.ts';
import {
  evaluate,
  type HealthLevel,
  initialState,
  type LevelChange,
  type ProbeState,
  type Threshold,
} from './health/probe-state.ts';
import type { WorkerProbe } from './metrics-collector.ts';
import type { RecoveryRecord, WorkerRecovery } from './worker-recovery.ts';

/** Something the runtime uses and can do without: when it fails, the runtime is degraded. */
export interface DependencyHealth {
  readonly level: HealthLevel;
  readonly sentence: string;
}

export interface ProbeReport {
  readonly level: HealthLevel;
  readonly value: number | null;
  readonly unit: string;
  readonly thresholds: { readonly warning?: Threshold; readonly critical?: Threshold };
  readonly sinceMs: number;
  readonly sentence: string;
}

export interface HealthBody {
  readonly status: OverallStatus;
  readonly uptimeSeconds: number;
  readonly memory: {
    /** Of the primary. */
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    /** Of all workers that reported; null until one did. */
    readonly workersRssBytes: number | null;
    readonly machineTotalBytes: number | null;
    readonly machineAvailableBytes: number | null;
  };
  readonly workers: {
    readonly desired: number;
    readonly ready: number;
    readonly starting: number;
    readonly draining: number;
  };
  readonly probes: Readonly<Record<string, ProbeReport>>;
  readonly dependencies: Readonly<Record<string, DependencyHealth>>;
  /** Those firing. */
  readonly alerts: readonly Alert[];
  readonly recoveries: readonly RecoveryRecord[];
}

export interface HealthMonitorOptions {
  readonly probe: WorkerProbe;
  readonly probes: readonly Probe[];
  readonly alerts: Pick<AlertDispatcher, 'fire' | 'resolve' | 'firing'>;
  readonly recovery: Pick<WorkerRecovery, 'tick' | 'records'>;
  readonly dependencies?: () => Readonly<Record<string, DependencyHealth>>;
  /** Of this process. */
  readonly ownMemory?: () => { readonly rss: number; readonly heapUsed: number };
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

interface WatchedProbe {
  readonly probe: Probe;
  state: ProbeState;
  sentence: string;
}

export class HealthMonitor {
  readonly #options: Required<HealthMonitorOptions>;
  readonly #watched: readonly WatchedProbe[];
  #observation: Observation | null = null;
  #everReady = false;

  constructor(options: HealthMonitorOptions) {
    this.#options = { dependencies: () => ({}), ownMemory: () => process.memoryUsage(), now: Date.now, ...options };
    const state = initialState(this.#options.now());
    this.#watched = options.probes.map((probe) => ({ probe, state, sentence: 'not measured yet' }));
  }

  /** One round, on what the collector saw. While the runtime stops, workers leave as they should: nothing is judged then. */
  async tick(observation: Observation, status: ClusterStatus): Promise<void> {
    this.#observation = observation;
    if (status.stopping) return;
    this.#everReady ||= status.ready > 0;
    const input = { observation, cluster: status, everReady: this.#everReady };
    for (const watched of this.#watched) {
      const { value, sentence } = watched.probe.measure(input);
      const { state, changed } = evaluate(watched.probe.spec, watched.state, value, observation.atMs);
      watched.state = state;
      watched.sentence = sentence;
      if (changed !== undefined) this.#tell(watched, changed, observation.atMs);
    }
    await this.#options.recovery.tick(observation, status);
  }

  /** Level of each probe by name, for the metric. */
  levels(): ReadonlyMap<string, HealthLevel> {
    return new Map(this.#watched.map(({ probe, state }) => [probe.spec.name, state.level]));
  }

  /** `ok` decides between 200 and 503; workers and stopping are as of now, probes as of the latest round. */
  health(): { readonly ok: boolean; readonly body: HealthBody } {
    const { probe, alerts, recovery, now } = this.#options;
    const status = probe.status();
    const dependencies = this.#options.dependencies();
    const body: HealthBody = {
      status: overallStatus({
        stopping: status.stopping,
        ready: status.ready,
        probes: this.#watched.map(({ state }) => state.level),
        dependencies: Object.values(dependencies).map(({ level }) => level),
      }),
      uptimeSeconds: Math.max(0, Math.floor((now() - status.startedAtMs) / 1000)),
      memory: this.#memory(status),
      workers: {
        desired: status.desired,
        ready: status.ready,
        starting: countInPhase(status, 'starting'),
        draining: countInPhase(status, 'draining'),
      },
      probes: Object.fromEntries(this.#watched.map((watched) => [watched.probe.spec.name, report(watched)])),
      dependencies,
      alerts: alerts.firing(),
      recoveries: recovery.records(),
    };
    return { ok: mayServe(status), body };
  }

  /** An unknown level is no news: what was firing goes on firing until a value says otherwise. */
  #tell({ probe, sentence }: WatchedProbe, { to }: LevelChange, atMs: number): void {
    const key = `health/${probe.spec.name}`;
    if (to === 'ok') this.#options.alerts.resolve(key, sentence, atMs);
    else if (to !== 'unknown') this.#options.alerts.fire({ key, severity: to, sentence }, atMs);
  }

  #memory(status: ClusterStatus): HealthBody['memory'] {
    const { rss, heapUsed } = this.#options.ownMemory();
    const samples = status.workers.map(({ sample }) => sample).filter((sample) => sample !== null);
    return {
      rssBytes: rss,
      heapUsedBytes: heapUsed,
      workersRssBytes: samples.length === 0 ? null : samples.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
      machineTotalBytes: this.#observation?.machine.totalMemoryBytes ?? null,
      machineAvailableBytes: this.#observation?.machine.availableMemoryBytes ?? null,
    };
  }
}

function countInPhase(status: ClusterStatus, phase: string): number {
  return status.workers.filter((worker) => worker.phase === phase).length;
}

function report({ probe: { spec }, state, sentence }: WatchedProbe): ProbeReport {
  const { warning, critical } = spec;
  const thresholds = { ...(warning && { warning }), ...(critical && { critical }) };
  const { level, value, sinceMs } = state;
  return { level, value, unit: spec.unit, thresholds, sinceMs, sentence };
}
