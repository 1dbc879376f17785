import type { AccessLog } from './access-log.ts';
import type { AffinityCookies } from './affinity-cookies.ts';
import type { MemoryBudget } from './front/memory-budget.ts';
import type { HandOver } from './hand-over.ts';
import type { RequestLimiter } from './limiter.ts';
import type { GatewaySettings } from './settings.ts';
import type { Deadlines } from './timeouts.ts';
import type { TrafficCounts } from './traffic-counts.ts';
import type { Dispatcher } from './upstream/dispatcher.ts';
import type { RetryBudget } from './upstream/retry-budget.ts';
import type { UpstreamPool } from './upstream/upstream-pool.ts';

/** What connections and exchanges share. */
export interface GatewayContext {
  readonly settings: GatewaySettings;
  readonly deadlines: Deadlines;
  readonly pool: UpstreamPool;
  readonly dispatcher: Dispatcher;
  readonly retryBudget: RetryBudget;
  readonly limiter: RequestLimiter | undefined;
  /** For bodies that requests hold back. */
  readonly bodyBudget: MemoryBudget;
  readonly cookies: AffinityCookies | undefined;
  readonly onAccess: AccessLog | undefined;
  /** Takes sockets of upgrades over; undefined: they are relayed. */
  readonly onHandOver: ((upgrade: HandOver) => boolean) | undefined;
  readonly counts: TrafficCounts;
  /** Responses say `Connection: close` from now on. */
  readonly draining: () => boolean;
}
