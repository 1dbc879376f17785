import type { PolicyName } from '../balancing/registry.ts';
import type { AccessLog } from './access-log.ts';
import type { HandOver } from './hand-over.ts';
import type { RequestLimiter } from './limiter.ts';
import type { RouteLimit } from './limits/route-limits.ts';
import type { TimeoutOptions } from './timeouts.ts';

/** Where a server is, and how much of the work it gets. */
export interface UpstreamOptions {
  /** Unique; by default `host:port` or the socket's path. */
  readonly name?: string;
  /** With `port`; 127.0.0.1. */
  readonly host?: string;
  readonly port?: number;
  /** A unix socket, in place of host and port. */
  readonly socketPath?: string;
  /** Its part of the work in proportion to the others'; above 0, 1. */
  readonly weight?: number;
  /** Requests it gets at once; the balancer's `maxconn`. */
  readonly maxconn?: number;
  /** What hashes and affinity cookies know it by, unique among those that serve: a replacement takes over its predecessor's clients. */
  readonly slot?: number;
  /** Its connections begin with a PROXY header of this version, each in one client's name; by default without. */
  readonly sendProxy?: 1 | 2;
}

/** What differs for a path and all below it; the longest path that holds for a request counts. */
export interface RouteOptions {
  readonly path: string;
  readonly timeouts?: Pick<TimeoutOptions, 'clientMs' | 'connectMs' | 'serverMs' | 'queueMs' | 'tunnelMs'>;
  readonly maxBodyBytes?: number;
}

/** Files in PEM; read again when they change. */
export interface TlsOptions {
  /** The certificate with its chain; for everybody who asks for no other name. */
  readonly certFile: string;
  readonly keyFile: string;
  /** A directory with more: each `name.crt` with its `name.key`, for clients that ask for the names (SNI) it was made out for. */
  readonly certDir?: string;
  /** Clients may speak HTTP/2, which they choose by ALPN; true. */
  readonly http2?: boolean;
}

/** How a client comes back to the upstream that had it. It is sent elsewhere, and stays there, when that one cannot be had. */
export type AffinityOptions =
  | {
      readonly by: 'cookie';
      /** Signs the cookie: a client cannot choose its upstream; at least 16 characters. The same for all gateways of a site. */
      readonly secret: string;
      /** `tidegate_affinity`. */
      readonly cookieName?: string;
      /** Adds `Secure`; false. */
      readonly secure?: boolean;
    }
  /** Hashes a field's value; for `ip-hash` and `consistent-hash`. */
  | { readonly by: 'header'; readonly name: string }
  /** Hashes the client's address; the default of `ip-hash` and `consistent-hash`. */
  | { readonly by: 'address' };

export interface BreakerOptions {
  /** Failures in a row (no connection, no or a broken answer, 5xx) that open it; 5. */
  readonly failureThreshold?: number;
  /** Successes in a row that close it again; 2. */
  readonly successThreshold?: number;
  /** How long it stays open before requests are tried again; 60,000. */
  readonly resetTimeoutMs?: number;
}

export interface CheckOptions {
  /** `/`; any answer below 500 is a good one. */
  readonly path?: string;
  /** 2,000. */
  readonly intervalMs?: number;
  /** Good checks in a row after which a server that was down gets work again; 2. */
  readonly rise?: number;
  /** Bad ones after which it gets none; 3. */
  readonly fall?: number;
}

export interface EjectionOptions {
  /** Share of 5xx in `intervalMs` that ejects; 0.5. */
  readonly errorRatio?: number;
  /** Its mean latency over the median of the others'; 5. */
  readonly latencyFactor?: number;
  /** Fewer responses in an interval say nothing; 20. */
  readonly minRequests?: number;
  /** 10,000. */
  readonly intervalMs?: number;
  /** Length of the first ejection; 30,000. */
  readonly baseMs?: number;
  /** No more than this share of all is ejected; 0.5. */
  readonly maxRatio?: number;
}

export interface RetryOptions {
  /** Further upstreams that one request may be sent to; 3. Only GET, HEAD, OPTIONS, PUT and DELETE are ever sent twice. */
  readonly attempts?: number;
  /** Retries as a share of requests, over a reserve of 100; 0.2. */
  readonly budget?: number;
  /** Statuses that are tried elsewhere as well, e.g. [502, 503]; none. */
  readonly statuses?: readonly number[];
}

/** A change of an upstream's state that an operator wants to know of. */
export interface UpstreamEvent {
  readonly upstream: string;
  readonly kind: 'breaker' | 'check' | 'ejected' | 'returned';
  /** `closed → open`, `down`, `errors` … */
  readonly detail: string;
}

/** Requests wait for the beginning of their bodies before they take an upstream's place, as with HAProxy's `http-buffer-request`. */
export interface HoldBodyOptions {
  /** Of a body with a Content-Length, as far as it is as long; 0 to 65,536, 0 turns it off. 16,384. */
  readonly bytes?: number;
  /** For all requests that wait so; beyond it, bodies are passed on as they come. 16,777,216. */
  readonly totalBytes?: number;
}

export interface LoadBalancerOptions {
  readonly upstreams: readonly UpstreamOptions[];
  /** How an upstream is picked for each request; `least-connections`. */
  readonly algorithm?: PolicyName;
  /** In milliseconds; see `TimeoutOptions`. */
  readonly timeouts?: TimeoutOptions;
  /** Requests that one upstream gets at once; the others wait. No limit. */
  readonly maxconn?: number;
  /** Requests that wait at most; the next is refused with 503 at once. 1,024. */
  readonly maxqueue?: number;
  /** Clients' connections at most. No limit. */
  readonly maxConnections?: number;
  /** Of a request's and of a response's head; 16,384. */
  readonly maxHeadBytes?: number;
  /** Of a request's body; 413 beyond it. No limit. */
  readonly maxBodyBytes?: number;
  readonly holdBody?: HoldBodyOptions;
  /** Paths with timeouts and a limit of their own; none. */
  readonly routes?: readonly RouteOptions[];
  readonly retry?: RetryOptions;
  readonly breaker?: BreakerOptions;
  /** Leaves out who does worse than the others; by default off. */
  readonly ejection?: EjectionOptions;
  /** When fewer than this share can be had, ejections and checks are ignored; 0.5, 0 turns it off. */
  readonly panicThreshold?: number;
  /** How long a new or returning upstream takes to its full weight; 0. */
  readonly slowStartMs?: number;
  /** Asks upstreams regularly whether they are well; by default off. */
  readonly check?: CheckOptions;
  readonly affinity?: AffinityOptions;
  /** Refuses with 429: a token bucket per address, limits by route (own ones or shared with other gateways), or a limiter of your own. */
  readonly limiter?:
    | RequestLimiter
    | { readonly ratePerSecond: number; readonly burst: number }
    | readonly RouteLimit[];
  /** Addresses and networks (`10.0.0.0/8`) whose X-Forwarded-* and Forwarded are believed; none. */
  readonly trustedProxies?: readonly string[];
  /** Addresses and networks whose connections begin with a PROXY header (v1 or v2) that names the client; none. */
  readonly proxyProtocolFrom?: readonly string[];
  /** Clients speak TLS (1.2 or later; HTTP/2 or 1.1); by default plain HTTP. */
  readonly tls?: TlsOptions;
  /** What this gateway is called in Via; `tidegate`. */
  readonly viaName?: string;
  /** With it each request tells its upstream who the client is in a field that nobody else can write (`ForwardedIdentity`). */
  readonly identitySecret?: string;
  /**
   * A client that ends its side while it waits for the answer: `abort` takes it for gone, as Node does (a closed socket looks the
   * same), `serve` answers it. `abort`.
   */
  readonly halfClose?: 'abort' | 'serve';
  /**
   * Asked for each upgrade whose socket another process could serve: true when it has taken it. By default, and where it says
   * false, upgrades are relayed.
   */
  readonly onHandOver?: (upgrade: HandOver) => boolean;
  readonly onAccess?: AccessLog;
  readonly onUpstreamEvent?: (event: UpstreamEvent) => void;
}
