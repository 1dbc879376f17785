/** Runs the health probes over each observation, tells people what changes, and answers `GET /health`. */
import type { ClusterStatus } from '../ipc/status.ts';
import type { AlertDispatcher } from './alerts/alert-dispatcher.ts';
import type { Observation } from './autoscale/observation.ts';
import { CheckWatches, type WatchedCheck } from './health/check-watches.ts';
import { type LevelOverride, withLevels } from './health/levels.ts';
import { mayServe, overallStatus } from './health/overall.ts';
import type { Probe, ProbeInput } from './health/probe.ts';
import type { HealthLevel, LevelChange } from './health/probe-state.ts';
import { RecoveryLog } from './health/recovery-log.ts';
import { type ProbeReport, Watch } from './health/watch.ts';
import type { DependencyHealth, HealthBody } from './health-body.ts';
import type { CheckResult, CheckSource } from './health-checks/check.ts';
import type { WorkerProbe } from './metrics-collector.ts';
import type { WorkerRecovery } from './worker-recovery.ts';

export type { DependencyHealth, HealthBody } from './health-body.ts';

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
  readonly #checked: CheckWatches;
  /** Keys of alerts that were not resolved, since the first value after nothing was known was bad. */
  readonly #unsettled = new Set<string>();
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
    this.#checked = new CheckWatches(levels);
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
      this.#tell(`health/${watch.spec.name}`, watch, changed, atMs);
    }
    for (const source of this.#options.checks) {
      // A start is no outage: what workers use may still be opening.
      if (this.#everReady) source.tick(atMs);
      for (const result of source.take()) {
        // What may be over is looked at again soon: nobody should wait for the end of a trouble longer than it lasts.
        if (this.#judge(result).isRecovering) source.hurry?.(result.spec.name);
      }
      for (const name of source.takeEnded?.() ?? []) this.#end(name, atMs);
    }
    this.#recordShed(upstreams, atMs);
    await this.#options.recovery.tick(observation, status);
  }

  /** Level of each probe by name, for the metric. */
  levels(): ReadonlyMap<string, HealthLevel> {
    const all = [...this.#rounds, ...this.#checked.all()];
    return new Map(all.map(({ watch }) => [watch.spec.name, watch.level]));
  }

  /** `ok` decides between 200 and 503; workers and stopping are as of now, probes as of the latest round. */
  health(): { readonly ok: boolean; readonly body: HealthBody } {
    const { probe, alerts, recovery, now } = this.#options;
    const status = probe.status();
    const probes = [...this.#rounds, ...this.#checked.all().filter(({ isDependency }) => !isDependency)];
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

  /** What the trouble of this key is as of now; undefined: no probe finds any. */
  sentenceOf(key: string): string | undefined {
    const ofRounds = this.#rounds.map(({ watch }) => ({ watch, isDependency: false }));
    const found = [...ofRounds, ...this.#checked.all()].find((one) => keyOf(one) === key);
    return found?.watch.level === 'warning' || found?.watch.level === 'critical' ? found.watch.sentence : undefined;
  }

  #judge({ spec, isDependency, measurement, atMs }: CheckResult): Watch {
    // It has become a dependency, or is none any more: the alert has another key then.
    if (this.#checked.get(spec.name)?.isDependency === !isDependency) this.#end(spec.name, atMs);
    const checked = this.#checked.of(spec, isDependency, atMs);
    const { watch } = checked;
    const badForMs = watch.levelAgeMs(atMs);
    const changed = watch.take(measurement, atMs);
    this.#tell(keyOf(checked), watch, changed, atMs);
    if (!isDependency || changed?.to !== 'ok' || changed.from === 'unknown') return watch;
    const detail = `${watch.sentence}, after ${Math.round(badForMs / 1000)} s in which it was ${changed.from}`;
    this.#options.recoveryLog.add({ atMs, action: 'reconnect', target: spec.name, outcome: 'done', detail });
    return watch;
  }

  #end(name: string, atMs: number): void {
    const checked = this.#checked.get(name);
    if (checked === undefined) return;
    this.#checked.delete(name);
    const key = keyOf(checked);
    this.#unsettled.delete(key);
    this.#options.alerts.resolve(key, 'it is no longer checked', atMs);
  }

  /** As it was checked, and as its user says right now: the worse of the two. */
  #dependencies(): HealthBody['dependencies'] {
    const all: Record<string, DependencyHealth | ProbeReport> = {};
    for (const { watch, isDependency } of this.#checked.all()) if (isDependency) all[watch.spec.name] = watch.report();
    for (const [name, said] of Object.entries(this.#options.dependencies())) {
      if (all[name] === undefined || said.level !== 'ok') all[name] = said;
    }
    return all;
  }

  /**
   * Tells what a measurement has changed. An unknown level is no news: what was firing goes on firing until a value says otherwise. Nor is
   * the first value after it when it is bad: that is no end of a trouble which somebody else has told of.
   */
  #tell(key: string, { level, sentence, isRising }: Watch, changed: LevelChange | undefined, atMs: number): void {
    if (changed === undefined && !this.#unsettled.has(key)) return;
    if (level === 'ok' && isRising) {
      this.#unsettled.add(key);
      return;
    }
    if (level === 'unknown') return;
    this.#unsettled.delete(key);
    if (level === 'ok') this.#options.alerts.resolve(key, sentence, atMs);
    else this.#options.alerts.fire({ key, severity: level, sentence }, atMs);
  }

  #recordShed(upstreams: ProbeInput['upstreams'], atMs: number): void {
    const names = new Set(upstreams.map(({ name }) => name));
    for (const name of this.#openUpstreams) if (!names.has(name)) this.#openUpstreams.delete(name);
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

/** Of its alert. */
function keyOf({ watch, isDependency }: Pick<WatchedCheck, 'watch' | 'isDependency'>): string {
  return `${isDependency ? 'dependency' : 'health'}/${watch.spec.name}`;
}

function countInPhase(status: ClusterStatus, phase: string): number {
  return status.workers.filter((worker) => worker.phase === phase).length;
}
