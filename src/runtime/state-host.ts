import { hostname } from 'node:os';
import type { Config } from '../../config/schema.ts';
import { createFleet, type Fleet } from '../scaling/fleet/index.ts';
import type { ServerDescription } from '../scaling/fleet/server.ts';
import type { DependencyHealth } from '../scaling/health-monitor.ts';
import type { ManagementServices } from '../scaling/management/services.ts';
import type { RedisClusterView } from '../scaling/redis-cluster.ts';
import { StateProcess } from '../scaling/state/embedded/state-launcher.ts';
import { StateError } from '../scaling/state/errors.ts';
import { StateConnection } from '../scaling/state/open-state.ts';
import type { StateSettings } from '../scaling/state/settings.ts';
import type { Ticker } from '../scaling/ticker.ts';
import { FleetAccess } from './fleet-access.ts';
import { fleetSettingsOf } from './fleet-settings.ts';
import type { Log } from './logger.ts';
import { stateSettingsOf } from './state-settings.ts';

export interface StateHostOptions {
  readonly config: Config;
  /** Of this instance. */
  readonly name: string;
  readonly version: string;
  readonly socketPath: string;
  readonly ticker: Ticker;
  readonly log: Log['write'];
  readonly onError: (error: unknown, what: string) => void;
  /** The embedded store stands in for Redis (a sentence), or no longer does (null). */
  readonly onDegraded: (reason: string | null) => void;
}

const STANDS_IN = 'the embedded store stands in for Redis';

/** Of what the registry takes as a server's id; the end of a longer one says more than its beginning. */
const LONGEST_ID = 128;

/**
 * The shared state of one runtime: its store process, the primary's own connection and place in the fleet, and what people see of it.
 * The store is started when somebody needs it: a worker, the control API, a Redis to stand in for, or slots to offer.
 */
export class StateHost {
  readonly settings: StateSettings;
  readonly #options: StateHostOptions;
  readonly #process: StateProcess;
  readonly #connection: StateConnection;
  readonly #fleet: Fleet;
  #redis: RedisClusterView | null = null;
  #starting: Promise<void> | undefined;
  #stopping = false;

  constructor(options: StateHostOptions) {
    const { config, socketPath, ticker, log, onError, onDegraded } = options;
    this.#options = options;
    const fleet = fleetSettingsOf(config);
    this.settings = { ...stateSettingsOf(config, socketPath), fleet };
    this.#process = new StateProcess({ socketPath, memoryLimitBytes: config.stateMemoryLimit, log });
    this.#connection = new StateConnection(this.settings, {
      beforeOpen: () => this.#process.start(),
      onDegraded: (degraded) => onDegraded(degraded === null ? null : `${STANDS_IN}: ${degraded.reason}`),
    });
    this.#fleet = createFleet(this.#connection.state, fleet, {
      scheduler: { every: (periodMs, name, run) => ticker.every(periodMs, name, run) },
      onError: (what, error) => onError(error, what),
    });
  }

  /** What the control API serves of it. */
  get services(): Pick<ManagementServices, 'fleet' | 'capacity' | 'leases' | 'redis'> {
    const access = new FleetAccess(this.#fleet, () => this.ready());
    return { fleet: access, capacity: access, leases: access.leases, redis: { status: () => this.#redisStatus() } };
  }

  /** Begins at once where there is more to do than to wait for somebody who needs the state. */
  start(): void {
    const { redisEnabled, maxSlotsPerServer, lbMode, lbRateLimits } = this.#options.config;
    const limits = lbMode === 'http' && lbRateLimits.length > 0;
    if (redisEnabled || maxSlotsPerServer > 0 || limits) this.needed();
  }

  /** Somebody is about to use the state. */
  needed(): void {
    this.ready().catch((error: unknown) => this.#options.onError(error, 'the start of the shared state'));
  }

  /**
   * Resolves when the store runs, this process is connected to it, and to Redis where configured, and the machine has joined the fleet. A
   * Redis that is away does not stop that.
   * @throws Error when the store does not come up; the next call tries again
   */
  ready(): Promise<void> {
    if (this.#stopping) return Promise.reject(new StateError('STATE_CLOSED', 'the runtime is stopping'));
    this.#starting ??= this.#begin().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** As `GET /health` shows it. */
  dependencies(): Readonly<Record<string, DependencyHealth>> {
    if (this.#starting === undefined) return {};
    const { connected, degradedSinceMs, reason } = this.#connection.state.status();
    const store: DependencyHealth = connected
      ? { level: 'ok', sentence: 'the shared state answers' }
      : { level: 'warning', sentence: 'the shared state is not connected' };
    if (this.settings.redis === null) return { state: store };
    const redis: DependencyHealth =
      degradedSinceMs === null
        ? { level: 'ok', sentence: 'Redis answers' }
        : { level: 'warning', sentence: reason ?? STANDS_IN };
    return { state: store, redis };
  }

  /** One question to Redis itself, past what stands in for it. @throws when it does not answer */
  async pingRedis(): Promise<void> {
    await this.ready();
    const { redis } = await this.#connection.parts();
    await redis?.ping({ timeoutMs: this.#options.config.healthCheckTimeoutMs });
    // One that answers and can't be used (read only, out of memory) is not back.
    const { degradedSinceMs, reason } = this.#connection.state.status();
    if (degradedSinceMs !== null) throw new StateError('STATE_UNAVAILABLE', reason ?? STANDS_IN);
  }

  /** What stands between callers and Redis, told as a breaker; null: there is no Redis. */
  redisBreaker(): object | null {
    if (this.settings.redis === null) return null;
    const { degradedSinceMs, reason } = this.#connection.state.status();
    return { state: degradedSinceMs === null ? 'closed' : 'open', openSinceMs: degradedSinceMs, lastFailure: reason };
  }

  /** Leaves the fleet, disconnects and ends the store. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#starting?.catch(() => {}); // said already
    await this.#fleet.stop();
    await this.#connection.close();
    await this.#process.stop();
  }

  async #begin(): Promise<void> {
    const { redis } = await this.#connection.parts();
    if (redis !== null) {
      const { RedisClusterView } = await import('../scaling/redis-cluster.ts');
      this.#redis = new RedisClusterView(redis);
    }
    await this.#fleet.announce(() => this.#describe());
    this.#fleet.startReaper();
  }

  async #redisStatus(): Promise<object> {
    await this.ready();
    await this.#redis?.refresh();
    const { driver, connected, degradedSinceMs, reason, detail } = this.#connection.state.status();
    const redis = this.#redis?.status() ?? null;
    return { enabled: this.settings.redis !== null, driver, connected, degradedSinceMs, reason, redis, detail };
  }

  /** A figure that is not configured is unknown: then nothing is leased on this machine. */
  #describe(): ServerDescription {
    const { config, name, version } = this.#options;
    return {
      id: config.serverId || `${hostname()}-${name}`.replace(/[^\w.:-]/g, '-').slice(-LONGEST_ID),
      host: config.serverHost || hostname(),
      port: config.port,
      location: config.serverLocation,
      version,
      maxSlots: config.maxSlotsPerServer || null,
      maxBandwidthMbps: config.maxBandwidthPerServer || null,
      load: null,
    };
  }
}
