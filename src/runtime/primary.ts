import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { effectiveAlgorithm } from '../../config/effective-algorithm.ts';
import { controlSocketPath, instanceDir, runtimeDir } from '../../config/runtime-dir.ts';
import { ClusterManager } from '../cluster/cluster-manager.ts';
import { ConnectionAcceptor } from '../cluster/connection-acceptor.ts';
import { ConnectionBalancer } from '../cluster/connection-balancer.ts';
import { findLauncher } from '../cluster/tether.ts';
import { WorkerBreakers } from '../cluster/worker-breakers.ts';
import { WorkerLauncher } from '../cluster/worker-launcher.ts';
import { WorkerPool } from '../cluster/worker-pool.ts';
import type { AlertChannel } from '../scaling/alerts/alert.ts';
import { AlertDispatcher } from '../scaling/alerts/alert-dispatcher.ts';
import { AutoScaler } from '../scaling/auto-scaler.ts';
import type { DecisionRecord } from '../scaling/autoscale/record.ts';
import { createPolicy } from '../scaling/balancing/registry.ts';
import { allProbes } from '../scaling/health/probes.ts';
import { HealthMonitor } from '../scaling/health-monitor.ts';
import { HostDevices } from '../scaling/machine/host-devices.ts';
import { ProcessUsage } from '../scaling/machine/process-usage.ts';
import { Machine } from '../scaling/machine.ts';
import { AuditFile } from '../scaling/management/audit-file.ts';
import type { PinRefusal } from '../scaling/management/services.ts';
import { MetricsExposition } from '../scaling/metrics/exposition.ts';
import { ScalingCounts } from '../scaling/metrics/scaling-counts.ts';
import { MetricsCollector } from '../scaling/metrics-collector.ts';
import { ScalingServer } from '../scaling/scaling-server.ts';
import { Ticker } from '../scaling/ticker.ts';
import { WorkerRecovery } from '../scaling/worker-recovery.ts';
import { alertChannels } from './alert-channels.ts';
import { BalanceLoop } from './balance-loop.ts';
import { RuntimeBalancerView } from './balancer-view.ts';
import { RuntimeClusterControl } from './cluster-control.ts';
import { LineSplitter } from './line-splitter.ts';
import { LogRing } from './log-ring.ts';
import type { Log, LogLevel } from './logger.ts';
import { RuntimeEvents } from './runtime-events.ts';
import { loadScalingPolicy } from './scaling-policy.ts';
import type { StartRequest } from './start-request.ts';

const AGENT_FILE = fileURLToPath(new URL('../cluster/agent.cjs', import.meta.url));
const UPKEEP_MS = 1_000;
const CLOSE_DEADLINE_MS = 2_000;

/** Builds the parts of the primary and wires them; what each does is in its own file. */
export class Primary {
  readonly #request: StartRequest;
  readonly #log: Log;
  readonly #ring = new LogRing();
  readonly #lines = new LineSplitter();
  readonly #events = new RuntimeEvents();
  readonly #counts = new ScalingCounts();
  readonly #pool = new WorkerPool();
  readonly #ticker: Ticker;
  readonly #manager: ClusterManager;
  readonly #acceptor: ConnectionAcceptor;
  readonly #scaler: AutoScaler;
  readonly #server: ScalingServer;
  readonly #alerts: AlertDispatcher;
  readonly #collector: MetricsCollector;
  /** Sources of the scaler's alerts that are firing. */
  #scalingAlerts: ReadonlySet<string> = new Set();
  readonly #ended: Promise<number>;
  #end: (exitCode: number) => void = () => {};

  /** @throws RulesFileError or RulesError for unusable scaling rules */
  constructor(request: StartRequest, version: string, log: Log) {
    this.#request = request;
    this.#log = log;
    const { config } = request;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const write = (level: LogLevel, message: string, fields?: object): void => this.#write(level, message, fields);
    this.#ticker = new Ticker({
      onError: (name, error) => write('error', `${name} failed: ${String(error)}`, { stack: (error as Error)?.stack }),
    });

    const algorithm = effectiveAlgorithm(config);
    const shared = algorithm === 'adaptive';
    const pool = this.#pool;
    // Under shared accept the policy places the connections that workers give away.
    const policy = createPolicy(algorithm === 'adaptive' ? 'least-connections' : algorithm);
    this.#acceptor = new ConnectionAcceptor({
      pool,
      policy,
      handOver: !shared,
      random: Math.random,
      onActivity: () => loop.wake(),
    });
    const { name, script, args, cwd, nodeArgs, env } = request;
    const launcher = new WorkerLauncher({
      app: { name, script, args, cwd, nodeArgs, env },
      config,
      launcher: findLauncher(),
      agentFile: AGENT_FILE,
      accept: shared ? 'shared' : 'hand-over',
    });
    this.#manager = new ClusterManager({
      config,
      launcher,
      pool,
      acceptor: this.#acceptor,
      events: {
        log: write,
        onOutput: (workerId, stream, chunk) => this.#onOutput(workerId, stream, chunk),
        onChange: () => this.#onChange(),
        onActivity: () => loop.wake(),
        onLeave: () => this.#collector.refresh(),
        onStartFailed: (failure) => this.#onStartFailed(failure),
      },
    });
    const balancer = new ConnectionBalancer({
      pool,
      shared,
      moves: config.loadBalancerEnabled && config.connectionMoves,
    });
    const loop = new BalanceLoop(this.#ticker, this.#acceptor, balancer);
    const breakers = new WorkerBreakers(pool, (worker, state) =>
      write(state === 'open' ? 'error' : 'info', `breaker of worker ${worker.id} is ${state}`, {
        worker: worker.id,
        state,
      }),
    );

    const processes = new ProcessUsage();
    const collector = new MetricsCollector({ probe: this.#manager, machine: new Machine(), processes });
    this.#collector = collector;
    const events: AlertChannel = {
      name: 'events',
      deliver: (alert) => this.#events.emit('alert', { ...alert, message: alert.sentence }),
      close: () => Promise.resolve(),
    };
    this.#alerts = new AlertDispatcher({ channels: [...alertChannels(config, write), events], instance: name });
    const monitor = new HealthMonitor({
      probe: this.#manager,
      probes: config.healthChecksEnabled ? allProbes({ hungTimeoutMs: config.hungTimeoutMs }) : [],
      alerts: this.#alerts,
      recovery: new WorkerRecovery({ hungTimeoutMs: config.hungTimeoutMs, recovery: null }),
    });
    this.#scaler = new AutoScaler({
      policy: loadScalingPolicy(config),
      desired: initialWorkers(request),
      observe: async () => {
        const observation = await collector.collect(Date.now());
        const status = this.#manager.status();
        await monitor.tick(observation, status);
        if (this.#events.watched) this.#events.emit('sample', { atMs: observation.atMs, cluster: status });
        return observation;
      },
      reconciler: this.#manager,
      record: (record, repeats) => this.#onDecision(record, repeats),
      now: Date.now,
    });
    const exposition = new MetricsExposition({
      collector,
      processes,
      devices: new HostDevices(),
      scaling: this.#counts,
      probes: () => monitor.levels(),
      breakers: () => Object.entries(breakers.report()).map(([breaker, { state }]) => ({ name: breaker, state })),
      build: { version, node: process.versions.node },
    });
    this.#server = new ScalingServer(
      {
        config,
        version,
        cluster: new RuntimeClusterControl(this.#manager, this.#ring, (by) => this.stop(by)),
        scaler: this.#scaler,
        health: { health: () => monitor.health(), performance: () => collector.performance() },
        metrics: exposition,
        balancer: new RuntimeBalancerView({ algorithm, pool, acceptor: this.#acceptor, balancer, breakers }),
        audit: new AuditFile(this.#auditPath(), (error) =>
          write('error', `the audit log can't be written: ${error.message}`),
        ),
        events: this.#events,
      },
      { onError: (error, what) => write('error', `${what}: ${String(error)}`, { stack: (error as Error)?.stack }) },
    );
    this.#ticker.every(UPKEEP_MS, 'upkeep', () => {
      const nowMs = Date.now();
      this.#manager.upkeep(nowMs);
      breakers.tick(nowMs);
    });
    this.#ticker.every(config.scalingIntervalMs, 'scaling', async () => {
      await this.#scaler.tick();
    });
  }

  get log(): Log {
    return this.#log;
  }

  get manager(): ClusterManager {
    return this.#manager;
  }

  /** Resolves with the exit code when the runtime has come to its end. */
  get ended(): Promise<number> {
    return this.#ended;
  }

  /**
   * Opens the control API, then starts the workers; resolves with the control API's URL when the workers are ready, or the
   * runtime has ended because none could be.
   * @throws ManagementListenError, ManagementTokensRequiredError
   */
  async start(): Promise<string> {
    const { config, name } = this.#request;
    const directory = runtimeDir(process.env, config.runtimeDir);
    mkdirSync(instanceDir(directory, name), { recursive: true, mode: 0o700 });
    await this.#server.listenSocket(controlSocketPath(directory, name));
    const { url } = await this.#server.listenTcp(config.managementHost, config.managementPort);
    this.#manager.reconcile(initialWorkers(this.#request), 'start');
    await Promise.race([this.#manager.started(), this.#ended]);
    return url;
  }

  /** Takes back what `start` opened before it failed. */
  abort(): Promise<void> {
    return this.#close(1);
  }

  /** Drains all workers and ends the runtime. */
  stop(by: string): void {
    this.#write('info', `stopping (${by}): workers finish what they have`);
    void this.#manager.shutdown().then(() => this.#close(0));
  }

  stopNow(by: string): void {
    this.#write('warn', `stopping at once (${by})`);
    this.#manager.killAll();
  }

  reload(by: string): void {
    this.#write('info', `reload (${by})`);
    this.#manager.reload(() => {}).catch((error: Error) => this.#write('warn', error.message));
  }

  /** One worker more or less, as a pin of the usual length. */
  scaleBy(delta: number, by: string): void {
    const instances = Math.max(1, this.#manager.desired + delta);
    const { manualPinMs } = this.#request.config;
    const answer = this.#scaler.pin({ instances, reason: by, forMs: manualPinMs, force: false, by });
    if ('refused' in answer) this.#write('warn', (answer as PinRefusal).message);
  }

  async #close(exitCode: number): Promise<void> {
    await this.#ticker.stop();
    await Promise.all([this.#server.close(CLOSE_DEADLINE_MS), this.#alerts.close(CLOSE_DEADLINE_MS)]);
    this.#end(exitCode);
  }

  #write(level: LogLevel, message: string, fields?: object): void {
    this.#ring.add({
      atMs: Date.now(),
      source: 'tidegate',
      stream: level === 'error' ? 'stderr' : 'stdout',
      text: message,
    });
    this.#log.write(level, message, fields);
  }

  #onOutput(workerId: number, stream: 'stdout' | 'stderr', chunk: string): void {
    const source = `w${workerId}`;
    for (const text of this.#lines.push(`${source} ${stream}`, chunk)) {
      this.#ring.add({ atMs: Date.now(), source, stream, text });
      this.#log.workerLine(source, stream, text);
    }
  }

  #onChange(): void {
    if (!this.#events.watched) return;
    this.#events.emit('sample', { atMs: Date.now(), cluster: this.#manager.status() });
  }

  #onDecision(record: DecisionRecord, repeats: number): void {
    this.#counts.record(record);
    this.#alert(record);
    if (repeats > 0) return;
    const level = record.action === 'hold' ? 'debug' : 'info';
    this.#write(level, `scaling: ${record.sentence}`, {
      decision: record.id,
      action: record.action,
      reason: record.reason,
    });
    this.#events.emit('decision', record);
  }

  #alert({ alerts, atMs }: DecisionRecord): void {
    for (const { source, sentence } of alerts) {
      this.#alerts.fire({ key: `scaling/${source}`, severity: 'warning', sentence }, atMs);
    }
    const firing = new Set(alerts.map(({ source }) => source));
    for (const source of this.#scalingAlerts) {
      if (!firing.has(source)) this.#alerts.resolve(`scaling/${source}`, 'no longer so', atMs);
    }
    this.#scalingAlerts = firing;
  }

  #onStartFailed(failure: string): void {
    const { script } = this.#request;
    this.#write(
      'error',
      `${path.basename(script)} could not be started: ${failure}. Its own output above says why; fix it and start again`,
    );
    void this.#close(1);
  }

  #auditPath(): string {
    const { config, name } = this.#request;
    if (config.auditLogFile !== '') return config.auditLogFile;
    return path.join(instanceDir(runtimeDir(process.env, config.runtimeDir), name), 'audit.log');
  }
}

function initialWorkers({ instances, config }: StartRequest): number {
  const wanted = instances.kind === 'fixed' ? instances.count : availableParallelism();
  return Math.min(config.maxInstances, Math.max(config.minInstances, wanted));
}
