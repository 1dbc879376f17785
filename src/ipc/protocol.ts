/**
 * Every message between the primary and a worker's agent, in one place.
 *
 * Two ways lead to a worker. The *control channel* is a socket pair of its own (JSON lines): it stays prompt whatever
 * the app sends over Node's IPC. Node's IPC channel carries what it alone can: descriptors, with a `HandleMessage`.
 */

import type { AppReport } from './app-metrics.ts';
import type { Arrival } from './arrival.ts';
import type { RecordingKind } from './recording.ts';
import type { TelemetrySample, TelemetryTotals } from './status.ts';

/** Environment of a worker; removed from `process.env` before the app runs. */
export const AGENT_ENV = 'TIDEGATE_AGENT';
/** Directory where a worker leaves V8's code cache of the agent for those after it. */
export const AGENT_CACHE_ENV = 'TIDEGATE_AGENT_CACHE';

/** What a worker's agent must know at its start. */
export interface AgentSettings {
  readonly controlFd: number;
  readonly workerId: number;
  /** `shared`: this worker accepts by itself; `hand-over`: the primary sends it connections. */
  readonly accept: 'shared' | 'hand-over';
  /** Signs what the gateway says of clients; null: there is no gateway. */
  readonly clientKey: string | null;
  readonly waitReady: boolean;
  /** Peers whose connections begin with a PROXY header. */
  readonly proxies: readonly string[];
  /** False: keep-alive connections stay where they are. */
  readonly moves: boolean;
  readonly routeClasses: readonly string[];
  /** True when the kernel ends this process with the primary; else the agent has to. */
  readonly tethered: boolean;
  readonly telemetryMs: number;
  /** How the app's `tidegate/state` reaches the shared state; null: there is none. */
  readonly state: object | null;
  /** Most workers there will be, for what they divide among themselves, such as connections to a database. */
  readonly workersMax: number;
}

/** A listen call of the app, as Node's cluster describes it. */
export interface ListenQuery {
  readonly address: string | null;
  readonly port: number | null;
  readonly addressType: number | string | null;
  readonly fd: number | null;
  readonly flags: number;
  readonly backlog: number;
  /** Whether the app serves plain HTTP/1 there, which a gateway can take over. */
  readonly isHttp: boolean;
  /** Distinguishes several equal listens of one worker. */
  readonly index: number;
  readonly readableAll: boolean;
  readonly writableAll: boolean;
  /** TLS ticket keys, which all workers of a listener must share. */
  readonly data: unknown;
}

/** What `tidegate/state` and `tidegate/database` count in a worker: `[name and label values joined by tabs, figure]`. */
export type MeterSeries = readonly (readonly [key: string, figure: number])[];

/** Reports of the app's own circuit breakers, by name, as `tidegate/state` makes them. */
export type AppBreakerReports = Readonly<Record<string, AppBreakerReport>>;

export interface AppBreakerReport {
  readonly state: 'closed' | 'half-open' | 'open';
  readonly totalRequests: number;
  readonly successfulRequests: number;
  readonly failedRequests: number;
  readonly rejectedRequests: number;
  readonly lastFailure: string | null;
}

/** Load of a worker since its previous report; sent about ten times a second while something happens. */
export interface LoadReport {
  readonly accepted: number;
  readonly closed: number;
  readonly completed: number;
  readonly inFlight: number;
  readonly connections: number;
  /** Keep-alive connections that could move now or after their response. */
  readonly movable: number;
  readonly elu: number;
}

export interface DrainCounts {
  readonly openAtStart: number;
  readonly acceptedSince: number;
  readonly finished: number;
  readonly moved: number;
  readonly closedByClient: number;
  readonly cut: number;
  readonly requestsInFlightAtStart: number;
  readonly websocketsClosed: number;
}

/** Worker → primary, control channel. */
export type AgentMessage =
  | { readonly type: 'listen'; readonly request: number; readonly query: ListenQuery }
  | { readonly type: 'listening'; readonly key: string; readonly text: string }
  | { readonly type: 'unlisten'; readonly key: string }
  | { readonly type: 'ready' }
  | { readonly type: 'load'; readonly load: LoadReport }
  /** Totals are null when nothing has changed since the previous sample: an idle worker costs the primary next to nothing. */
  | {
      readonly type: 'telemetry';
      readonly sample: Omit<TelemetrySample, 'totals'>;
      readonly totals: TelemetryTotals | null;
      /** All of them when one has changed; else null. */
      readonly meters: MeterSeries | null;
      /** Likewise, of the breakers that the app has made. */
      readonly breakers: AppBreakerReports | null;
    }
  /** The figures of the time since its loop has had no time left; `periodMs` is that time. Before the second is over. */
  | { readonly type: 'saturated'; readonly sample: Omit<TelemetrySample, 'totals'> }
  /** The app's own metrics and checks; only from apps that have some. */
  | { readonly type: 'app'; readonly report: AppReport }
  /** The app begins to use the shared state. */
  | { readonly type: 'state-needed' }
  /** The file of a recording is complete; with a problem, there is none. */
  | { readonly type: 'recorded'; readonly request: number; readonly problem: string | null; readonly pausedMs: number }
  | { readonly type: 'drained'; readonly counts: DrainCounts };

/** The primary's yes to a listen. */
export interface ListenGranted {
  readonly request: number;
  readonly key: string;
  readonly data: unknown;
  /** Null for a unix socket. */
  readonly sockname: object | null;
  /** Where the gateway's connections come in; null: none do. */
  readonly gatewayPath: string | null;
}

/** Primary → worker, control channel. */
export type PrimaryMessage =
  | { readonly type: 'listen-failed'; readonly request: number; readonly errno: number }
  /** Connections of this listener will be handed over one by one. */
  | ({ readonly type: 'listen-handed' } & ListenGranted)
  /** How many connections this worker may accept freely in each interval, before it lets others go first. */
  | { readonly type: 'share'; readonly acceptsPerInterval: number; readonly intervalMs: number }
  /** Give up to `count` keep-alive connections to worker `to`. */
  | { readonly type: 'give'; readonly to: number; readonly count: number }
  /** Give no connection away any more, and say `moves-over` when those under way have been sent. */
  | { readonly type: 'hold' }
  /** Close a breaker that the app has made, or all. */
  | { readonly type: 'reset-breakers'; readonly name: string | null }
  /** Look into the app and write what is found to a file that does not exist yet; answered by `recorded`. */
  | {
      readonly type: 'record';
      readonly request: number;
      readonly kind: RecordingKind;
      readonly file: string;
      /** Of a CPU profile. */
      readonly durationMs: number;
    }
  /** Nobody waits for the recording under way any more. */
  | { readonly type: 'stop-recording'; readonly request: number }
  | {
      readonly type: 'drain';
      readonly deadlineMs: number;
      readonly websocketJitterMs: number;
      /** False when no other worker is left to take connections. */
      readonly move: boolean;
    };

/** Rides with a descriptor on Node's IPC; the `NODE_` prefix keeps it out of the app's `message` events. */
export const HANDLE_COMMAND = 'NODE_TIDEGATE';

export type HandleMessage =
  /** Primary → worker: the bound listening socket, to accept on. */
  | ({ readonly cmd: typeof HANDLE_COMMAND; readonly type: 'listener' } & ListenGranted)
  /** Primary → worker: a client connection, new or moved. */
  | {
      readonly cmd: typeof HANDLE_COMMAND;
      readonly type: 'connection';
      readonly key: string;
      readonly moved: MovedState | null;
      readonly arrival?: Arrival;
    }
  /** Worker → primary: a connection for worker `to`, or for whoever the policy picks (null). */
  | {
      readonly cmd: typeof HANDLE_COMMAND;
      readonly type: 'move';
      readonly key: string;
      readonly to: number | null;
      readonly moved: MovedState | null;
      readonly arrival?: Arrival;
    }
  /** Worker → primary, behind the last descriptor: no more will come. */
  | { readonly cmd: typeof HANDLE_COMMAND; readonly type: 'moves-over' };

/** What a moved connection carries to its next worker. */
export interface MovedState {
  /** Idle time it has left before the server would close it; null: it never spoke, or there is no limit. */
  readonly keepAliveLeftMs: number | null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Whether an IPC message is one of ours. The app's own messages are not looked into further. */
export function isHandleMessage(value: unknown): value is HandleMessage {
  return isRecord(value) && value.cmd === HANDLE_COMMAND && typeof value.type === 'string';
}

const agentTypes = new Set<AgentMessage['type']>([
  'listen',
  'listening',
  'unlisten',
  'ready',
  'load',
  'telemetry',
  'saturated',
  'app',
  'state-needed',
  'recorded',
  'drained',
]);

/** Whether a line from a worker is a message. The channel is private to us; this guards against version skew and bugs. */
export function isAgentMessage(value: unknown): value is AgentMessage {
  return isRecord(value) && agentTypes.has(value.type as AgentMessage['type']);
}
