import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { effectiveAlgorithm } from '../../config/effective-algorithm.ts';
import { controlSocketPath, instanceDir, runtimeDir, stateSocketPath } from '../../config/runtime-dir.ts';
import type { LbAlgorithm } from '../../config/schema.ts';
import { AppBreakerViews } from '../cluster/app-breaker-view.ts';
import { ClusterManager } from '../cluster/cluster-manager.ts';
import { ConnectionAcceptor } from '../cluster/connection-acceptor.ts';
import { ConnectionBalancer } from '../cluster/connection-balancer.ts';
import type { Gateway } from '../cluster/gateway.ts';
import { findLauncher } from '../cluster/tether.ts';
import { WorkerBreakers } from '../cluster/worker-breakers.ts';
import { WorkerLauncher } from '../cluster/worker-launcher.ts';
import { WorkerPool } from '../cluster/worker-pool.ts';
import { NetworkList } from '../ipc/network-list.ts';
import type { WorkerStatus } from '../ipc/status.ts';
import { AutoScaler } from '../scaling/auto-scaler.ts';
import type { DecisionRecord } from '../scaling/autoscale/record.ts';
import { createPolicy } from '../scaling/balancing/registry.ts';
import { AuditFile } from '../scaling/management/audit-file.ts';
import { MemoryTrends } from '../scaling/memory-trends.ts';
import { ScalingServer } from '../scaling/scaling-server.ts';
import type { RecordingFile } from '../scaling/simulate/recording/recording-file.ts';
import { Ticker } from '../scaling/ticker.ts';
import { BalanceLoop } from './balance-loop.ts';
import { RuntimeBalancerView } from './balancer-view.ts';
import { RuntimeClusterControl } from './cluster-control.ts';
import { createGateway } from './gateway.ts';
import { LogRing } from './log-ring.ts';
import type { Log, LogLevel } from './logger.ts';
import { Monitoring } from './monitoring.ts';
import { makeOwnDirectory } from './own-directory.ts';
import { openRecording } from './recording.ts';
import { RuntimeEvents } from './runtime-events.ts';
import { loadScalingPolicy, loadShadowPolicies } from './scaling-policy.ts';
import type { StartRequest } from './start-request.ts';
import { StateHost } from './state-host.ts';
import { stateSettingsOf } from './state-settings.ts';
import { upstreamStates } from './upstreams.ts';
import { waitingWork } from './waiting-work.ts';
import { WorkerOutput } from './worker-output.ts';

const PRELOAD_FILE = fileURLToPath(new URL('../cluster/preload.cjs', import.meta.url));
const UPKEEP_MS = 1_000;
/** The trends take one look in 10 s. */
const MEMORY_LOOK_MS = 5_000;
/** Policies by which a client keeps its worker: evening out would take it from there. */
const AFFINE: ReadonlySet<LbAlgorithm> = new Set(['ip-hash', 'consistent-hash']);
const CLOSE_DEADLINE_MS = 2_000;

/** Builds the parts of the primary and wires them; what each does is in its own file. */
export class Primary {
  readonly #request: StartRequest;
  readonly #directory: string;
  readonly #log: Log;
  readonly #ring = new LogRing();
  readonly #output: WorkerOutput;
  readonly #events = new RuntimeEvents();
  readonly #ticker: Ticker;
  readonly #manager: ClusterManager;
  readonly #monitoring: Monitoring;
  readonly #scaler: AutoScaler;
  readonly #recording: RecordingFile | null;
  readonly #audit: AuditFile;
  readonly #server: ScalingServer;
  readonly #state: StateHost | null;
  readonly #gateway: Gateway | null;
  readonly #ended: Promise<number>;
  #end: (exitCode: number) => void = () => {};
  #opened: Promise<unknown> = Promise.resolve();
  #stopping = false;

  /** @throws RulesFileError, RulesError or WebhookUrlError for what can't be used */
  constructor(request: StartRequest, version: string, log: Log) {
    const { config, name, script, args, cwd, nodeArgs, env } = request;
    this.#request = request;
    this.#directory = runtimeDir(process.env, config.runtimeDir);
    this.#log = log;
    this.#output = new WorkerOutput(log, this.#ring);
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const write = (level: LogLevel, message: string, fields?: object): void => this.#write(level, message, fields);
    const onError = (error: unknown, what: string): void =>
      write('error', `${what} failed: ${String(error)}`, { stack: (error as Error)?.stack });
    this.#ticker = new Ticker({ onError: (task, error) => onError(error, task) });

    const algorithm = effectiveAlgorithm(config);
    const accept = algorithm === 'adaptive' ? 'shared' : 'hand-over';
    const clientKey = randomBytes(24).toString('hex');
    const gatewayState = config.stateEnabled ? stateSettingsOf(config, stateSocketPath(this.#directory, name)) : null;
    const gateway = createGateway(config, algorithm, clientKey, gatewayState, write);
    this.#gateway = gateway;
    const pool = new WorkerPool();
    const acceptor = new ConnectionAcceptor({
      pool,
      // Under shared accept the policy places the connections that workers give away.
      policy: createPolicy(algorithm === 'adaptive' ? 'least-connections' : algorithm),
      handOver: accept === 'hand-over',
      gateway,
      entrances: instanceDir(this.#directory, name),
      proxies: config.proxyProtocolFrom.length === 0 ? null : new NetworkList(config.proxyProtocolFrom),
      random: Math.random,
      onActivity: () => loop.wake(),
    });
    const balancer = new ConnectionBalancer({
      pool,
      shared: accept === 'shared',
      moves: config.loadBalancerEnabled && config.connectionMoves && !AFFINE.has(algorithm),
    });
    const loop = new BalanceLoop(this.#ticker, acceptor, balancer);
    const breakers = new WorkerBreakers(pool, (worker, state) =>
      write(state === 'open' ? 'error' : 'info', `the breaker of worker ${worker.id} is ${state}`, { state }),
    );
    this.#state = config.stateEnabled
      ? new StateHost({
          config,
          name,
          version,
          socketPath: stateSocketPath(this.#directory, name),
          ticker: this.#ticker,
          log: write,
          onError,
          onDegraded: (reason) => {
            write(
              reason === null ? 'info' : 'warn',
              reason ?? 'Redis is back; what was kept meanwhile is written back',
            );
            this.#monitoring.onDependency('redis', reason);
          },
        })
      : null;
    const app = { name, script, args, cwd, nodeArgs, env };
    this.#manager = new ClusterManager({
      config,
      launcher: new WorkerLauncher({
        app,
        config,
        launcher: findLauncher(),
        preloadFile: PRELOAD_FILE,
        cacheDirectory: instanceDir(this.#directory, name),
        accept,
        state: this.#state?.settings ?? null,
        clientKey: gateway === null ? null : clientKey,
        workersMax: config.autoScalingEnabled ? config.maxInstances : initialWorkers(request),
      }),
      pool,
      acceptor,
      events: {
        log: write,
        onOutput: (workerId, stream, chunk) => this.#output.write(workerId, stream, chunk),
        onMeters: (workerId, meters) => this.#monitoring.meters.fold(workerId, meters),
        onApp: (workerId, report) => this.#monitoring.onApp(workerId, report),
        onStateNeeded: () => this.#state?.needed(),
        onChange: () => this.#onChange(),
        onActivity: () => loop.wake(),
        onLeave: (workerId) => {
          this.#monitoring.refresh();
          this.#monitoring.forget(workerId);
          this.#output.end(workerId);
        },
        onStartFailed: (failure) => this.#onStartFailed(failure),
      },
    });
    this.#monitoring = new Monitoring({
      config,
      name,
      version,
      probe: this.#manager,
      breakers: () => Object.entries(breakers.report()).map(([breaker, { state }]) => ({ name: breaker, state })),
      log: write,
      dependencies: () => this.#state?.dependencies() ?? {},
      upstreams: () => upstreamStates(gateway, breakers),
      waitingWork: () => waitingWork({ pool, acceptor, gateway }),
      cwd,
      pingRedis:
        this.#state === null || !config.redisEnabled ? null : () => this.#state?.pingRedis() ?? Promise.resolve(),
      onAlert: (alert) => this.#events.emit('alert', { ...alert, message: alert.sentence }),
    });
    const policy = loadScalingPolicy(config);
    this.#recording = openRecording(config, policy, write);
    this.#scaler = new AutoScaler({
      policy,
      shadows: loadShadowPolicies(config, policy),
      recorder: this.#recording,
      desired: initialWorkers(request),
      observe: () => this.#monitoring.observe(),
      reconciler: this.#manager,
      record: (record, repeats) => this.#onDecision(record, repeats),
      now: Date.now,
    });
    const memory = new MemoryTrends(config.maxMemoryRestartBytes);
    const auditFile = config.auditLogFile || path.join(instanceDir(this.#directory, name), 'audit.log');
    this.#audit = new AuditFile(auditFile, (error) =>
      write('error', `the audit log can't be written: ${error.message}`),
    );
    this.#server = new ScalingServer(
      {
        config,
        version,
        cluster: new RuntimeClusterControl(this.#manager, this.#ring, (by) => this.stop(by)),
        scaler: this.#scaler,
        health: this.#monitoring.health,
        metrics: this.#monitoring.metrics,
        alerts: this.#monitoring.alerts,
        history: this.#monitoring.history ?? undefined,
        balancer: new RuntimeBalancerView({
          algorithm,
          gateway,
          pool,
          acceptor,
          balancer,
          breakers,
          appBreakers: new AppBreakerViews(pool),
          redisBreaker: () => this.#state?.redisBreaker() ?? null,
        }),
        audit: this.#audit,
        memory,
        events: this.#events,
        ...this.#state?.services,
      },
      { onError },
    );
    this.#ticker.every(UPKEEP_MS, 'upkeep', () => {
      const nowMs = Date.now();
      this.#manager.upkeep(nowMs);
      breakers.tick(nowMs);
    });
    this.#ticker.every(MEMORY_LOOK_MS, 'memory', () => {
      memory.observe(this.#manager.status().workers.flatMap(memoryOf), Date.now());
    });
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
    const opening = this.#open();
    this.#opened = opening;
    const url = await opening;
    if (this.#stopping) return url;
    this.#gateway?.start();
    const { config } = this.#request;
    this.#state?.start();
    this.#manager.reconcile(initialWorkers(this.#request), 'start');
    this.#ticker.every(config.scalingIntervalMs, 'scaling', async () => {
      // While the runtime stops, workers leave as they should: there is nothing to decide.
      if (this.#manager.status().stopping) await this.#monitoring.observe();
      else await this.#scaler.tick();
      this.#onChange();
    });
    const started = this.#manager.started().then(() => this.#gateway?.listening());
    await Promise.race([started, this.#ended]);
    return url;
  }

  /** Takes back what `start` opened before it failed. */
  abort(): Promise<void> {
    return this.#close(1);
  }

  /** Drains all workers and ends the runtime. */
  stop(by: string): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#write('info', `stopping (${by}): workers finish what they have`);
    void this.#manager.shutdown().then(() => this.#close(0));
  }

  stopNow(by: string): void {
    this.#write('warn', `stopping at once (${by})`);
    this.#manager.killAll();
  }

  reload(by: string): void {
    this.#write('info', `reload (${by})`);
    // How it goes is logged as it goes; what is thrown is that one is under way already.
    Promise.resolve()
      .then(() => this.#manager.reload(() => {}))
      .catch((error: Error) => this.#write('warn', error.message));
  }

  /** Some workers more or less, as a pin of the usual length. */
  scaleBy(delta: number, by: string): void {
    const instances = Math.max(1, this.#manager.desired + delta);
    const { manualPinMs } = this.#request.config;
    const answer = this.#scaler.pin({ instances, reason: '', forMs: manualPinMs, force: false, by });
    if ('refused' in answer) this.#write('warn', answer.message);
  }

  /** @returns the control API's URL */
  async #open(): Promise<string> {
    const { config, name } = this.#request;
    makeOwnDirectory(instanceDir(this.#directory, name), this.#directory);
    await this.#server.listenSocket(controlSocketPath(this.#directory, name));
    const { url } = await this.#server.listenTcp(config.managementHost, config.managementPort);
    this.#write('info', `control API and dashboard on ${url}`, { controlUrl: url });
    this.#noteAudit();
    return url;
  }

  async #close(exitCode: number): Promise<void> {
    // Told to stop while it was opening: what opens later would stay open.
    await this.#opened.catch(() => {});
    this.#gateway?.end();
    await this.#ticker.stop();
    await Promise.all([this.#server.close(CLOSE_DEADLINE_MS), this.#monitoring.close(CLOSE_DEADLINE_MS)]);
    await Promise.all([this.#state?.stop(), this.#recording?.close()]);
    this.#noteAudit();
    this.#end(exitCode);
  }

  /** The log often goes where nobody who can change the audit log can change it: there its hash proves its end. */
  #noteAudit(): void {
    const { head } = this.#audit;
    if (head === null || head.line === 0) return;
    const { line, hash } = head;
    this.#write('info', `audit log at line ${line}, hash ${hash}`, { auditLine: line, auditHash: hash });
  }

  #write(level: LogLevel, message: string, fields?: object): void {
    const stream = level === 'error' ? 'stderr' : 'stdout';
    this.#ring.add({ atMs: Date.now(), source: 'tidegate', stream, text: message });
    this.#log.write(level, message, fields);
  }

  /** Samples are made only while somebody watches. */
  #onChange(): void {
    if (this.#events.watched) this.#events.emit('sample', { atMs: Date.now(), cluster: this.#manager.status() });
  }

  #onDecision(record: DecisionRecord, repeats: number): void {
    this.#monitoring.onDecision(record, this.#scaler.shadows());
    if (repeats > 0) return;
    const { id, action, reason, sentence } = record;
    this.#write(action === 'hold' ? 'debug' : 'info', `scaling: ${sentence}`, { decision: id, action, reason });
    this.#events.emit('decision', record);
  }

  #onStartFailed(failure: string): void {
    const script = path.basename(this.#request.script);
    const hint = 'Its own output above says why; fix it and start again';
    this.#write('error', `${script} could not be started: ${failure}. ${hint}`);
    void this.#close(1);
  }
}

function initialWorkers({ instances, config }: StartRequest): number {
  const wanted = instances.kind === 'fixed' ? instances.count : availableParallelism();
  return Math.min(config.maxInstances, Math.max(config.minInstances, wanted));
}

function memoryOf({ id, sample }: WorkerStatus): { readonly id: number; readonly rssBytes: number }[] {
  return sample === null ? [] : [{ id, rssBytes: sample.rssBytes }];
}
