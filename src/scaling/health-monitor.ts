/** Runs the health probes over each observation, tells people what changes, and answers `GET /health`. */
import type { ClusterStatus } from '../ipc/status.ts';
import type { Alert } from './alerts/alert.ts';
import type { AlertDispatcher } from './alerts/alert-dispatcher.ts';
import type { Observation } from './autoscale/observation.ts';
import { type LevelOverride, withLevels } from './health/levels.ts';
import { mayServe, type OverallStatus, overallStatus } from './health/overall.ts';
import type { Probe, ProbeInput } from './health/probe.ts';
import type { HealthLevel, LevelChange } from './health/probe-state.ts';
import { RecoveryLog, type RecoveryRecord } from './health/recovery-log.ts';
import { type ProbeReport, Watch } from './health/watch.ts';
import type { CheckResult, CheckSource } from './health-checks/check.ts';
import type { WorkerProbe } from './metrics-collector.ts';
import type { WorkerRecovery } from './worker-recovery.ts';

/** Something the runtime uses and can do without: when it fails, the runtime is degraded. */
export interface DependencyHealth {
  readonly level: HealthLevel;
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
  readonly dependencies: Readonly<Record<string, DependencyHealth | ProbeReport>>;
  /** Those firing. */
  readonly alerts: readonly Alert[];
  readonly recoveries: readonly RecoveryRecord[];
}

export interface HealthMonitorOptions {
  readonly probe: WorkerProbe;
  readonly probes: readonly Probe[];
  readonly alerts: Pick<AlertDispatcher, 'fire' | 'resolve' | 'firing'>;
  readonly recovery: Pick<WorkerRecovery, 'tick' | 'records'>;
  /** Where the monitor records what it sees recovering; by default nowhere. */
  readonly recoveryLog?: RecoveryLog;
  readonly dependencies?: () => Readonly<Record<string, DependencyHealth>>;
  /** Probes with intervals of their own. */
  readonly checks?: readonly CheckSource[];
  /** Other levels than the probes' own. */
  readonly levels?: readonly LevelOverride[];
  readonly upstreams?: () => ProbeInput['upstreams'];
  /** Of this process. */
  readonly ownMemory?: () => { readonly rss: number; readonly heapUsed: number };
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export class HealthMonitor {
  readonly #options: Required<HealthMonitorOptions>;
  readonly #rounds: readonly { readonly probe: Probe; readonly watch: Watch }[];
  /** Of the checks, by name, as each told of itself for the first time. */
  readonly #checked = new Map<string, { readonly watch: Watch; readonly isDependency: boolean }>();
  readonly #openUpstreams = new Set<string>();
  #observation: Observation | null = null;
  #everReady = false;

  constructor(options: HealthMonitorOptions) {
    this.#options = {
      dependencies: () => ({}),
      recoveryLog: new RecoveryLog(),
      checks: [],
      levels: [],
      upstreams: () => [],
      ownMemory: () => process.memoryUsage(),
      now: Date.now,
      ...options,
    };
    const { levels, now } = this.#options;
    this.#rounds = options.probes.map((probe) => ({ probe, watch: new Watch(withLevels(probe.spec, levels), now()) }));
  }

  /** One round, on what the collector saw. While the runtime stops, workers leave as they should: nothing is judged then. */
  async tick(observation: Observation, status: ClusterStatus): Promise<void> {
    this.#observation = observation;
    if (status.stopping) return;
    this.#everReady ||= status.ready > 0;
    const { atMs } = observation;
    const upstreams = this.#options.upstreams();
    const input = { observation, cluster: status, everReady: this.#everReady, upstreams };
    for (const { probe, watch } of this.#rounds) {
      const changed = watch.take(probe.measure(input), atMs);
      if (changed !== undefined) this.#tell(`health/${watch.spec.name}`, watch, changed, atMs);
    }
    for (const source of this.#options.checks) {
      // A start is no outage: what workers use may still be opening.
      if (this.#everReady) source.tick(atMs);
      for (const result of source.take()) this.#judge(result);
    }
    this.#recordShed(upstreams, atMs);
    await this.#options.recovery.tick(observation, status);
  }

  /** Level of each probe by name, for the metric. */
  levels(): ReadonlyMap<string, HealthLevel> {
    const rounds = this.#rounds.map(({ watch }) => [watch.spec.name, watch.level] as const);
    return new Map([...rounds, ...[...this.#checked].map(([name, { watch }]) => [name, watch.level] as const)]);
  }

  /** `ok` decides between 200 and 503; workers and stopping are as of now, probes as of the latest round. */
  health(): { readonly ok: boolean; readonly body: HealthBody } {
    const { probe, alerts, recovery, now } = this.#options;
    const status = probe.status();
    const probes = [...this.#rounds, ...[...this.#checked.values()].filter(({ isDependency }) => !isDependency)];
    const dependencies = this.#dependencies();
    const body: HealthBody = {
      status: overallStatus({
        stopping: status.stopping,
        ready: status.ready,
        probes: probes.map(({ watch }) => watch.level),
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
      probes: Object.fromEntries(probes.map(({ watch }) => [watch.spec.name, watch.report()])),
      dependencies,
      alerts: alerts.firing(),
      recoveries: recovery.records(),
    };
    return { ok: mayServe(status), body };
  }

  #judge({ spec, isDependency, measurement, atMs }: CheckResult): void {
    let checked = this.#checked.get(spec.name);
    if (checked === undefined) {
      checked = { watch: new Watch(withLevels(spec, this.#options.levels), atMs), isDependency };
      this.#checked.set(spec.name, checked);
    }
    const { watch } = checked;
    const badForMs = watch.levelAgeMs(atMs);
    const changed = watch.take(measurement, atMs);
    if (changed === undefined) return;
    this.#tell(`${isDependency ? 'dependency' : 'health'}/${spec.name}`, watch, changed, atMs);
    if (!isDependency || changed.to !== 'ok' || changed.from === 'unknown') return;
    const detail = `${watch.sentence}, after ${Math.round(badForMs / 1000)} s in which it was ${changed.from}`;
    this.#options.recoveryLog.add({ atMs, action: 'reconnect', target: spec.name, outcome: 'done', detail });
  }

  /** As it was checked, and as its user says right now: the worse of the two. */
  #dependencies(): HealthBody['dependencies'] {
    const all: Record<string, DependencyHealth | ProbeReport> = {};
    for (const [name, { watch, isDependency }] of this.#checked) if (isDependency) all[name] = watch.report();
    for (const [name, said] of Object.entries(this.#options.dependencies())) {
      if (all[name] === undefined || said.level !== 'ok') all[name] = said;
    }
    return all;
  }

  /** An unknown level is no news: what was firing goes on firing until a value says otherwise. */
  #tell(key: string, { sentence }: Watch, { to }: LevelChange, atMs: number): void {
    if (to === 'ok') this.#options.alerts.resolve(key, sentence, atMs);
    else if (to !== 'unknown') this.#options.alerts.fire({ key, severity: to, sentence }, atMs);
  }

  #recordShed(upstreams: ProbeInput['upstreams'], atMs: number): void {
    for (const { name, state } of upstreams) {
      if (state !== 'open') {
        this.#openUpstreams.delete(name);
      } else if (!this.#openUpstreams.has(name)) {
        this.#openUpstreams.add(name);
        const detail = 'its breaker opened; others get its requests until it has proved itself';
        this.#options.recoveryLog.add({ atMs, action: 'shed', target: name, outcome: 'done', detail });
      }
    }
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
