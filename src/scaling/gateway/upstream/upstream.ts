import { type Endpoint, proxyHeader1, proxyHeader2 } from '../../../ipc/proxy-header.ts';
import type { Candidate } from '../../balancing/policy.ts';
import type { UpstreamEvent, UpstreamOptions } from '../options.ts';
import type { GatewaySettings } from '../settings.ts';
import type { Deadlines } from '../timeouts.ts';
import { type CheckState, FIRST_CHECK_STATE } from './check-state.ts';
import { slowStartFactor } from './slow-start.ts';
import { UpstreamBreaker } from './upstream-breaker.ts';
import {
  type ConnectionOrigin,
  type ConnectionOwner,
  type ConnectionUser,
  type UpstreamAddress,
  UpstreamConnection,
} from './upstream-connection.ts';

/** What an upstream needs of the gateway around it. */
export interface UpstreamSurroundings {
  readonly settings: GatewaySettings;
  readonly deadlines: Deadlines;
  readonly onEvent: (event: UpstreamEvent) => void;
  /** Whether it may get work has changed. */
  readonly onAvailability: () => void;
}

/** One server behind the gateway: what is known of it, what it has to do, and its idle connections. */
export class Upstream implements Candidate, ConnectionOwner {
  readonly id: number;
  readonly slot: number;
  readonly name: string;
  readonly address: UpstreamAddress;
  readonly maxconn: number;
  /** The version of the PROXY header that its connections begin with. */
  readonly sendProxy: 1 | 2 | undefined;
  readonly breaker: UpstreamBreaker;
  /** What picks go by: the configured one, less while it starts slowly. */
  weight: number;
  configuredWeight: number;
  active = 0;
  latencyMs = 0;
  latencyAtMs = 0;
  /** Gets nothing new; what it has goes on. */
  draining = false;
  check: CheckState = FIRST_CHECK_STATE;
  ejected = false;
  ejectedUntilMs = 0;
  /** Ejections in a row, each longer than the one before. */
  ejections = 0;
  /** Figures of the interval under way, for the comparison with the others. */
  intervalRequests = 0;
  intervalErrors = 0;
  intervalLatencySumMs = 0;
  requests = 0;
  /** The last failure was of the connection, not an answer: sending more there can't be of use to anybody. */
  unreachable = false;
  readonly #around: UpstreamSurroundings;
  readonly #idle: UpstreamConnection[] = [];
  #readyAtMs: number;

  constructor(id: number, options: UpstreamOptions, around: UpstreamSurroundings, nowMs: number) {
    this.id = id;
    this.slot = options.slot ?? id;
    this.address = addressOf(options);
    this.name = upstreamName(options);
    this.maxconn = options.maxconn ?? around.settings.maxconn;
    this.sendProxy = options.sendProxy;
    this.configuredWeight = options.weight ?? 1;
    this.weight = this.configuredWeight;
    this.#around = around;
    this.#readyAtMs = nowMs;
    this.breaker = new UpstreamBreaker(around.settings.breaker, (from, to) => {
      if (to === 'closed') this.becameReady(performance.now());
      around.onEvent({ upstream: this.name, kind: 'breaker', detail: `${from} → ${to}` });
      around.onAvailability();
    });
  }

  get available(): boolean {
    return !this.draining && this.check.up && !this.ejected && this.breaker.admits();
  }

  /** When most are in trouble: everyone but those that take no connections. */
  get availableInPanic(): boolean {
    return !this.draining && (this.breaker.admits() || !this.unreachable);
  }

  get hasRoom(): boolean {
    return this.active < this.maxconn;
  }

  get idleConnections(): number {
    return this.#idle.length;
  }

  /** Slow start begins anew. */
  becameReady(nowMs: number): void {
    this.#readyAtMs = nowMs;
    this.updateWeight(nowMs);
  }

  updateWeight(nowMs: number): void {
    this.weight = this.configuredWeight * slowStartFactor(nowMs - this.#readyAtMs, this.#around.settings.slowStartMs);
  }

  /** The connection used last, since it is the least likely to be closed by now; undefined when none is idle. */
  takeIdle(origin: ConnectionOrigin, nowMs: number): UpstreamConnection | undefined {
    if (this.sendProxy !== undefined) return this.#takeIdleOf(origin, nowMs);
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.reusable && connection.deadlineMs > nowMs) {
        connection.deadlineMs = Number.POSITIVE_INFINITY;
        return connection;
      }
      connection.destroy();
    }
    return undefined;
  }

  /** @param origin whom a PROXY header names, where the upstream wants one */
  connect(user: ConnectionUser, origin: ConnectionOrigin): UpstreamConnection {
    const connection = new UpstreamConnection(this, user);
    this.#around.deadlines.add(connection);
    if (this.sendProxy !== undefined) {
      connection.origin = origin;
      connection.socket.write(proxyHeader(this.sendProxy, origin));
    }
    return connection;
  }

  /** @param keepAliveMs what the upstream said of how long it waits for the next request */
  putIdle(connection: UpstreamConnection, keepAliveMs: number | undefined, nowMs: number): void {
    connection.user = undefined;
    connection.served += 1;
    const ours = this.#around.settings.timeouts.upstreamKeepAliveMs;
    // A second is left for a request that is on its way when the upstream's own time ends.
    const idleMs = keepAliveMs === undefined ? ours : Math.min(ours, keepAliveMs - 1000);
    if (!connection.reusable || idleMs <= 0 || this.draining) {
      connection.destroy();
      return;
    }
    connection.deadlineMs = nowMs + idleMs;
    if (connection.socket.isPaused()) connection.socket.resume();
    this.#idle.push(connection);
  }

  /** A connection that was opened in a client's name carries that client's requests only. */
  #takeIdleOf(origin: ConnectionOrigin, nowMs: number): UpstreamConnection | undefined {
    for (let index = this.#idle.length - 1; index >= 0; index -= 1) {
      const connection = this.#idle[index] as UpstreamConnection;
      if (connection.origin !== origin || !connection.reusable || connection.deadlineMs <= nowMs) continue;
      this.#idle.splice(index, 1);
      connection.deadlineMs = Number.POSITIVE_INFINITY;
      return connection;
    }
    return undefined;
  }

  forget(connection: UpstreamConnection): void {
    const index = this.#idle.lastIndexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#around.deadlines.delete(connection);
  }

  /** Gives up the idle connections: when it is removed, or the gateway closes. */
  closeIdle(): void {
    for (const connection of this.#idle.slice()) connection.destroy();
  }
}

/** The header of `version`; without a client it is the gateway's own connection. */
export function proxyHeader(version: 1 | 2, { client, server }: { client: Endpoint | null; server: Endpoint }): Buffer {
  return version === 1 ? proxyHeader1(client, server) : proxyHeader2(client, server);
}

/** What an upstream is called when it was given no name. */
export function upstreamName(options: UpstreamOptions): string {
  return options.name ?? options.socketPath ?? `${options.host ?? '127.0.0.1'}:${options.port}`;
}

function addressOf(options: UpstreamOptions): UpstreamAddress {
  if (options.socketPath !== undefined) return { path: options.socketPath };
  return { host: options.host ?? '127.0.0.1', port: options.port as number };
}
