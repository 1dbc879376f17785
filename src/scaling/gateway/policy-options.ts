import type { GatewayPolicy } from '../../ipc/gateway-protocol.ts';
import type { PolicyName } from '../balancing/registry.ts';
import type { AffinityOptions, LoadBalancerOptions } from './options.ts';
import { timeoutOptions } from './timeout-list.ts';

const BREAKER = { failures: 'failureThreshold', successes: 'successThreshold', reset: 'resetTimeoutMs' };
const RETRIES = { attempts: 'attempts', budget: 'budget' };
const EJECTION = {
  errors: 'errorRatio',
  latency: 'latencyFactor',
  requests: 'minRequests',
  interval: 'intervalMs',
  length: 'baseMs',
  most: 'maxRatio',
};
const CHECK = { interval: 'intervalMs', rise: 'rise', fall: 'fall' };

/** What the runtime's options mean for a balancer: all but what takes connections of its own, limits and the access log. */
export function policyOptions(policy: GatewayPolicy): LoadBalancerOptions {
  const { maxconn, maxConnections, maxBodyBytes, ejection, check, tls } = policy;
  const affinity = affinityOf(policy);
  return {
    upstreams: [],
    algorithm: policy.algorithm as PolicyName,
    identitySecret: policy.identitySecret,
    trustedProxies: policy.trustedProxies,
    proxyProtocolFrom: policy.proxyProtocolFrom,
    maxqueue: policy.maxqueue,
    maxHeadBytes: policy.maxHeadBytes,
    holdBody: policy.holdBody,
    panicThreshold: policy.panicThreshold,
    slowStartMs: policy.slowStartMs,
    ...timeoutOptions(policy.timeouts),
    breaker: numbers(policy.breaker, BREAKER),
    retry: { ...numbers(policy.retries, RETRIES), statuses: values(policy.retries, 'status').map(Number) },
    ...(ejection.length > 0 && { ejection: numbers(ejection, EJECTION) }),
    ...(check.length > 0 && { check: { ...numbers(check, CHECK), path: values(check, 'path').at(-1) ?? '/' } }),
    ...(maxBodyBytes !== null && { maxBodyBytes }),
    ...(maxConnections !== null && { maxConnections }),
    ...(maxconn !== null && { maxconn }),
    ...(tls !== null && { tls }),
    ...(affinity !== undefined && { affinity }),
  };
}

function affinityOf({ affinitySecret, affinityHeader }: GatewayPolicy): AffinityOptions | undefined {
  if (affinitySecret !== null) return { by: 'cookie', secret: affinitySecret };
  return affinityHeader === null ? undefined : { by: 'header', name: affinityHeader };
}

/** `failures=5` by the name that the balancer's options have for it. */
function numbers(entries: readonly string[], names: Readonly<Record<string, string>>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, option] of Object.entries(names)) {
    const value = values(entries, name).at(-1);
    if (value !== undefined) found[option] = Number(value);
  }
  return found;
}

function values(entries: readonly string[], name: string): string[] {
  return entries.filter((entry) => entry.startsWith(`${name}=`)).map((entry) => entry.slice(name.length + 1));
}
