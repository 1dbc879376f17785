/** The HTTP gateway, to be embedded in any process. */

export { type ClientIdentity, ForwardedIdentity } from '../../ipc/forwarded-identity.ts';
export type { AccessEntry, AccessLog } from './access-log.ts';
export { GatewayOptionError } from './errors.ts';
export type { HandOver } from './hand-over.ts';
export type { LimitedRequest, LimitVerdict, RequestLimiter } from './limiter.ts';
export type { KeyedLimit, RouteLimit } from './limits/route-limits.ts';
export { LoadBalancer } from './load-balancer.ts';
export type {
  AffinityOptions,
  BreakerOptions,
  CheckOptions,
  EjectionOptions,
  HoldBodyOptions,
  LoadBalancerOptions,
  RetryOptions,
  RouteOptions,
  TlsOptions,
  UpstreamEvent,
  UpstreamOptions,
} from './options.ts';
export type { LoadBalancerStatus, UpstreamState, UpstreamStatus } from './status.ts';
export type { TimeoutOptions } from './timeouts.ts';
export type { UpstreamBreakerReport } from './upstream/upstream-breaker.ts';
