/** What `import … from 'tidegate'` gives: the parts that are useful on their own. */

export { ConfigError } from '../config/errors.ts';
export { loadConfig } from '../config/load.ts';
export type { Config, LbAlgorithm, OptionName, Role } from '../config/schema.ts';
export { decide } from './scaling/autoscale/decide.ts';
export type { Observation } from './scaling/autoscale/observation.ts';
export type { DecisionRecord } from './scaling/autoscale/record.ts';
export type { Candidate, PickContext, Policy } from './scaling/balancing/policy.ts';
export { createPolicy } from './scaling/balancing/registry.ts';
export {
  type AccessEntry,
  type AccessLog,
  ForwardedIdentity,
  GatewayOptionError,
  type HoldBodyOptions,
  LoadBalancer,
  type LoadBalancerOptions,
  type LoadBalancerStatus,
  type RequestLimiter,
  type UpstreamEvent,
  type UpstreamOptions,
} from './scaling/gateway/index.ts';
