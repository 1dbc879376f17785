import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { instanceDir, runtimeDir, stateSocketPath } from '../../config/runtime-dir.ts';
import { AppBreakerViews } from '../cluster/app-breaker-view.ts';
import { ClusterManager } from '../cluster/cluster-manager.ts';
import type { InheritedSockets } from '../cluster/inherited-sockets.ts';
import { Recordings } from '../cluster/recordings.ts';
import { findLauncher } from '../cluster/tether.ts';
import { WorkerLauncher } from '../cluster/worker-launcher.ts';
import { AutoScaler } from '../scaling/auto-scaler.ts';
import type { DecisionRecord } from '../scaling/autoscale/record.ts';
import { MemoryTrends } from '../scaling/memory-trends.ts';
import type { RecordingFile } from '../scaling/simulate/recording/recording-file.ts';
import { Ticker } from '../scaling/ticker.ts';
import { RuntimeBalancerView } from './balancer-view.ts';
import { RuntimeClusterControl } from './cluster-control.ts';
import { ControlApi } from './control-api.ts';
import type { Journal } from './journal.ts';
import type { Log } from './logger.ts';
import { Monitoring } from './monitoring.ts';
import { openRecording } from './recording.ts';
import { RuntimeEvents } from './runtime-events.ts';
import { loadScalingPolicy, loadShadowPolicies } from './scaling-policy.ts';
import type { StartRequest } from './start-request.ts';
import { StateHost } from './state-host.ts';
import { stateSettingsOf } from './state-settings.ts';
import { Traffic } from './traffic.ts';
import { upstreamStates } from './upstreams.ts';
import { waitingWork } from './waiting-work.ts';
import { RuntimeWorkerControl } from './worker-control.ts';
import { WorkerOutput } from './worker-output.ts';

const PRELOAD_FILE = fileURLToPath(new URL('../cluster/preload.cjs', import.meta.url));

/** What the primary is made from. */
export interface CompositionGiven {
  readonly request: StartRequest;
  readonly version: string;
  readonly log: Log;
  readonly journal: Journal;
  readonly inherited: InheritedSockets;
}

/** The parts of the primary that begin and end with it. */
export interface Composition {
  readonly ticker: Ticker;
  readonly events: RuntimeEvents;
  readonly traffic: Traffic;
  readonly state: StateHost | null;
  readonly manager: ClusterManager;
  readonly monitoring: Monitoring;
  readonly recording: RecordingFile | null;
  readonly scaler: AutoScaler;
  readonly memory: MemoryTrends;
  readonly controlApi: ControlApi;
}

/** What the parts ask of the primary. */
export interface CompositionOwner {
  stop(by: string): void;
  onChange(): void;
  onDecision(record: DecisionRecord, repeats: number): void;
  onStartFailed(failure: string): void;
}

/**
 * Builds the parts of the primary and wires them; what each does is in its own file. Nothing is started.
 * @throws RulesFileError, RulesError, WebhookUrlError or GatewayOptionError for what can't be used
 */
export function compose(given: CompositionGiven, owner: CompositionOwner): Composition {
  const { request, version, log, journal, inherited } = given;
  const { config, name, script, args, cwd, nodeArgs, env } = request;
  const directory = runtimeDir(process.env, config.runtimeDir);
  const ownDirectory = instanceDir(directory, name);
  const socketPath = stateSocketPath(directory, name);
  const output = new WorkerOutput(log, journal.ring);
  const events = new RuntimeEvents();
  const ticker = new Ticker({ onError: (task, error) => journal.onError(error, task) });
  const gatewayState = config.stateEnabled ? stateSettingsOf(config, socketPath) : null;
  const traffic = new Traffic({ config, entrances: ownDirectory, state: gatewayState, inherited, ticker, journal });
  const { pool, gateway, dispatcher, acceptor, breakers } = traffic;
  const onDegraded = (reason: string | null): void => {
    const message = reason ?? 'Redis is back; what was kept meanwhile is written back';
    journal.write(reason === null ? 'info' : 'warn', message);
    monitoring.onDependency('redis', reason);
  };
  const state = config.stateEnabled
    ? new StateHost({
        config,
        name,
        version,
        socketPath,
        ticker,
        log: journal.write,
        onError: journal.onError,
        onDegraded,
      })
    : null;
  const launcher = new WorkerLauncher({
    app: { name, script, args, cwd, nodeArgs, env },
    config,
    launcher: findLauncher(),
    observers: {
      listens: acceptor,
      moves: dispatcher,
      reports: {
        onOutput: (workerId, stream, chunk) => output.write(workerId, stream, chunk),
        onFault: (worker, problem) => journal.write('warn', `worker ${worker}: ${problem}`, { worker }),
        onActivity: () => traffic.wake(),
        onMeters: (workerId, meters) => monitoring.meters.fold(workerId, meters),
        onApp: (workerId, report) => monitoring.onApp(workerId, report),
        onSaturated: (workerId, figures) => {
          const isDue = monitoring.onSaturated(workerId, figures) && !manager.status().stopping;
          if (isDue) scaler.tick(() => monitoring.peek()).catch((error) => journal.onError(error, 'scaling'));
        },
        onStateNeeded: () => state?.needed(),
      },
    },
    preloadFile: PRELOAD_FILE,
    cacheDirectory: ownDirectory,
    accept: traffic.accept,
    state: state?.settings ?? null,
    clientKey: traffic.clientKey,
    workersMax: config.autoScalingEnabled ? config.maxInstances : initialWorkers(request),
  });
  const manager = new ClusterManager({
    config,
    launcher,
    pool,
    acceptor,
    dispatcher,
    events: {
      log: journal.write,
      onChange: () => owner.onChange(),
      onLeave: (workerId) => {
        monitoring.refresh();
        monitoring.forget(workerId);
        output.end(workerId);
      },
      onStartFailed: (failure) => owner.onStartFailed(failure),
    },
  });
  const monitoring = new Monitoring({
    config,
    name,
    version,
    probe: manager,
    breakers: () =>
      Object.entries(breakers.report()).map(([breaker, report]) => ({ name: breaker, state: report.state })),
    log: journal.write,
    dependencies: () => state?.dependencies() ?? {},
    upstreams: () => upstreamStates(gateway, breakers),
    waitingWork: () => waitingWork(traffic),
    cwd,
    pingRedis: state === null || !config.redisEnabled ? null : () => state.pingRedis(),
    onAlert: (alert) => events.emit('alert', { ...alert, message: alert.sentence }),
  });
  const policy = loadScalingPolicy(config);
  const recording = openRecording(config, policy, journal.write);
  const scaler = new AutoScaler({
    policy,
    shadows: loadShadowPolicies(config, policy),
    recorder: recording,
    desired: initialWorkers(request),
    observe: () => monitoring.observe(),
    reconciler: manager,
    record: (record, repeats) => owner.onDecision(record, repeats),
    now: Date.now,
  });
  const recordings = new Recordings({
    pool,
    acceptor,
    directory: path.join(ownDirectory, 'recordings'),
    moves: traffic.moves,
    availableBytes: () => process.availableMemory(),
  });
  const memory = new MemoryTrends(config.maxMemoryRestartBytes);
  const controlApi = new ControlApi({
    config,
    directory,
    name,
    journal,
    services: {
      version,
      cluster: new RuntimeClusterControl(manager, journal.ring, (by) => owner.stop(by)),
      workers: new RuntimeWorkerControl({ manager, recordings, name, log: journal.write }),
      scaler,
      health: monitoring.health,
      metrics: monitoring.metrics,
      alerts: monitoring.alerts,
      history: monitoring.history ?? undefined,
      balancer: new RuntimeBalancerView({
        traffic,
        appBreakers: new AppBreakerViews(pool),
        redisBreaker: () => state?.redisBreaker() ?? null,
      }),
      memory,
      events,
      ...state?.services,
    },
  });
  return { ticker, events, traffic, state, manager, monitoring, recording, scaler, memory, controlApi };
}

/** As many as were asked for, within the limits. */
export function initialWorkers({ instances, config }: StartRequest): number {
  const wanted = instances.kind === 'fixed' ? instances.count : availableParallelism();
  return Math.min(config.maxInstances, Math.max(config.minInstances, wanted));
}
