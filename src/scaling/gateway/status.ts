import type { TrafficCounts } from './traffic-counts.ts';
import type { Upstream } from './upstream/upstream.ts';
import type { UpstreamBreakerReport } from './upstream/upstream-breaker.ts';

/** Why an upstream gets no work, or that it does. */
export type UpstreamState = 'up' | 'draining' | 'down' | 'ejected' | 'open';

export interface UpstreamStatus {
  readonly name: string;
  readonly slot: number;
  readonly state: UpstreamState;
  /** As configured. */
  readonly weight: number;
  /** What picks go by just now: less during slow start. */
  readonly effectiveWeight: number;
  /** Requests that it has. */
  readonly active: number;
  /** Requests it was ever given. */
  readonly requests: number;
  readonly idleConnections: number;
  readonly latencyMs: number;
  readonly breaker: UpstreamBreakerReport;
}

/** JSON-ready. */
export interface LoadBalancerStatus {
  readonly mode: 'http';
  readonly policy: string;
  readonly draining: boolean;
  /** Clients' connections that are open. */
  readonly connections: number;
  readonly queued: number;
  /** Refused because the queue was full. */
  readonly shed: number;
  readonly totals: Readonly<TrafficCounts>;
  readonly upstreams: readonly UpstreamStatus[];
}

export function upstreamStatus(upstream: Upstream): UpstreamStatus {
  return {
    name: upstream.name,
    slot: upstream.slot,
    state: stateOf(upstream),
    weight: upstream.configuredWeight,
    effectiveWeight: upstream.weight,
    active: upstream.active,
    requests: upstream.requests,
    idleConnections: upstream.idleConnections,
    latencyMs: upstream.latencyMs,
    breaker: upstream.breaker.report(),
  };
}

function stateOf(upstream: Upstream): UpstreamState {
  if (upstream.draining) return 'draining';
  if (!upstream.check.up) return 'down';
  if (upstream.ejected) return 'ejected';
  return upstream.breaker.state === 'open' ? 'open' : 'up';
}
