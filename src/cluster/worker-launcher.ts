import cluster, { type ClusterSettings } from 'node:cluster';
import type { Config } from '../../config/schema.ts';
import { AGENT_CACHE_ENV } from '../ipc/protocol.ts';
import { type Launcher, launchedBy } from './tether.ts';
import { WorkerHandle } from './worker-handle.ts';
import type { LifeObserver, WorkerObservers } from './worker-observers.ts';

/** How often workers report their figures; a worker silent for longer than HUNG_TIMEOUT_MS is hung. */
const TELEMETRY_MS = 1_000;

/** The app to run. */
export interface AppSpec {
  readonly name: string;
  /** Absolute path. */
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly nodeArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Starts processes of the app, each with the agent preloaded. */
export class WorkerLauncher {
  readonly #app: AppSpec;
  readonly #config: Config;
  readonly #launcher: Launcher;
  readonly #observers: Omit<WorkerObservers<WorkerHandle>, 'life'>;
  readonly #accept: 'shared' | 'hand-over';
  readonly #state: object | null;
  readonly #clientKey: string | null;
  readonly #workersMax: number;
  readonly #cacheDirectory: string;
  #nextId = 1;

  constructor(options: {
    readonly app: AppSpec;
    readonly config: Config;
    readonly launcher: Launcher;
    readonly observers: Omit<WorkerObservers<WorkerHandle>, 'life'>;
    /** What runs the agent before the app. */
    readonly preloadFile: string;
    /** Where workers find V8's code cache of the agent. */
    readonly cacheDirectory: string;
    readonly accept: 'shared' | 'hand-over';
    /** What the app's `tidegate/state` gets; null: nothing. */
    readonly state: object | null;
    /** Signs what the gateway says of clients; null: there is no gateway. */
    readonly clientKey: string | null;
    /** Most workers there will be, unless somebody scales by hand. */
    readonly workersMax: number;
  }) {
    const { app, launcher } = options;
    this.#state = options.state;
    this.#clientKey = options.clientKey;
    this.#workersMax = options.workersMax;
    this.#app = app;
    this.#config = options.config;
    this.#launcher = launcher;
    this.#observers = options.observers;
    this.#cacheDirectory = options.cacheDirectory;
    this.#accept = options.accept;
    cluster.setupPrimary({
      exec: app.script,
      args: [...app.args],
      cwd: app.cwd,
      execArgv: [...launcher.prefix, ...app.nodeArgs, '--require', options.preloadFile],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    } as ClusterSettings);
  }

  get app(): AppSpec {
    return this.#app;
  }

  launch(slot: number, generation: number, life: LifeObserver<WorkerHandle>): WorkerHandle {
    const { lbWeights, waitReady, connectionMoves, routeClasses, proxyProtocolFrom } = this.#config;
    const spec = {
      id: this.#nextId++,
      slot,
      generation,
      weight: Number(lbWeights[slot] ?? 1),
      env: { ...this.#app.env, NODE_APP_INSTANCE: String(slot), [AGENT_CACHE_ENV]: this.#cacheDirectory },
      agent: {
        accept: this.#accept,
        clientKey: this.#clientKey,
        proxies: proxyProtocolFrom,
        waitReady,
        moves: connectionMoves,
        routeClasses,
        tethered: this.#launcher.tethered,
        telemetryMs: TELEMETRY_MS,
        state: this.#state,
        workersMax: this.#workersMax,
      },
    };
    return launchedBy(this.#launcher, () => new WorkerHandle(spec, { ...this.#observers, life }));
  }
}
