/** What primary and gateway processes say to each other, over Node's IPC. */
import type { Arrival } from './arrival.ts';

/** A worker's entrance for one listener. */
export interface GatewayUpstream {
  /** `worker-<id>`. */
  readonly name: string;
  readonly socketPath: string;
  /** A replacement has its predecessor's, and so its clients. */
  readonly slot: number;
  readonly weight: number;
}

/** Where a line goes for each request. */
export type AccessLogTarget =
  | { readonly to: 'stdout' }
  /** One that all gateway processes write to. */
  | { readonly to: 'file'; readonly path: string; readonly maxBytes: number; readonly count: number };

/** What holds for all listeners; the names are those of `LoadBalancerOptions`. */
export interface GatewayPolicy {
  readonly algorithm: string;
  readonly identitySecret: string;
  /** Signs affinity cookies; null: clients have no worker of their own. */
  readonly affinitySecret: string | null;
  readonly trustedProxies: readonly string[];
  readonly proxyProtocolFrom: readonly string[];
  /** Null: clients speak plain HTTP. */
  readonly tls: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly certDir?: string;
    readonly http2: boolean;
  } | null;
  /** Requests that one worker gets at once; null: no limit. */
  readonly maxconn: number | null;
  readonly maxqueue: number;
  /** As `LB_TIMEOUTS` writes them. */
  readonly timeouts: readonly string[];
  /** As `LB_BREAKER`, `LB_RETRIES`, `LB_EJECTION` and `LB_CHECK` write them; the last two are off when empty. */
  readonly breaker: readonly string[];
  readonly retries: readonly string[];
  readonly ejection: readonly string[];
  readonly check: readonly string[];
  /** 0 to 1. */
  readonly panicThreshold: number;
  readonly slowStartMs: number;
  readonly holdBody: { readonly bytes: number; readonly totalBytes: number };
  readonly maxHeadBytes: number;
  /** Null: no limit. */
  readonly maxConnections: number | null;
  /** A field whose value is hashed; null: the client's address is. */
  readonly affinityHeader: string | null;
  readonly accessLog: AccessLogTarget | null;
  /** Of a request's body; null: no limit. */
  readonly maxBodyBytes: number | null;
  /** Requests per client and path, as `LB_RATE_LIMITS` writes them. */
  readonly rateLimits: readonly string[];
  /** Where all gateways count them together (`StateSettings`); null: each process by itself. */
  readonly state: object | null;
}

/** Primary → gateway. `listen` carries the bound socket. */
export type GatewayOrder =
  | { readonly type: 'listen'; readonly key: string; readonly policy: GatewayPolicy }
  | { readonly type: 'add'; readonly key: string; readonly upstream: GatewayUpstream }
  /** One that is known already, with another slot. */
  | { readonly type: 'replace'; readonly key: string; readonly upstream: GatewayUpstream }
  /** Nothing new to it; what it has ends there. Answered by `left` when nothing more will be sent. */
  | { readonly type: 'drain'; readonly key: string; readonly name: string; readonly request: number }
  | { readonly type: 'remove'; readonly key: string; readonly name: string }
  | { readonly type: 'reset-breaker'; readonly name: string | null }
  /** The listener is closed, clients' requests under way are finished. */
  | { readonly type: 'close'; readonly key: string; readonly drainMs: number };

/** Gateway → primary. */
export type GatewayReport =
  | { readonly type: 'ready' }
  /** It accepts connections there: the answer to `listen`. */
  | { readonly type: 'listening'; readonly key: string }
  | { readonly type: 'closed'; readonly key: string }
  /** No request begins at this worker any more, and no idle connection to it is open: the answer to `drain`. */
  | { readonly type: 'left'; readonly request: number }
  /** With a client's connection, which the worker serves by itself from now on. */
  | { readonly type: 'hand-over'; readonly key: string; readonly name: string; readonly arrival: Arrival }
  | { readonly type: 'fault'; readonly message: string }
  /** About once a second: `LoadBalancerStatus` by listener. */
  | { readonly type: 'status'; readonly listeners: Readonly<Record<string, GatewayStatus>> };

/** The part of a `LoadBalancerStatus` that the primary reads; the rest is passed on. */
export interface GatewayStatus {
  readonly connections: number;
  readonly queued: number;
  readonly shed: number;
  readonly upstreams: readonly {
    readonly name: string;
    readonly state: string;
    readonly active: number;
    readonly requests: number;
    readonly latencyMs: number;
    readonly breaker: object;
  }[];
}

const REPORTS: ReadonlySet<string> = new Set([
  'ready',
  'listening',
  'closed',
  'left',
  'hand-over',
  'fault',
  'status',
] satisfies GatewayReport['type'][]);

export function isGatewayReport(value: unknown): value is GatewayReport {
  return typeof value === 'object' && value !== null && REPORTS.has((value as { type?: unknown }).type as string);
}
