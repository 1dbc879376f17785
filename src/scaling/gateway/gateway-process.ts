import type { ListenOptions } from 'node:net';
import type { GatewayOrder, GatewayPolicy, GatewayReport } from '../../ipc/gateway-protocol.ts';
import type { PolicyName } from '../balancing/registry.ts';
import { Ticker } from '../ticker.ts';
import { LoadBalancer } from './load-balancer.ts';

/**
 * The gateway as a process of its own, so that a burst of traffic can't starve supervision. The primary sends it bound sockets and tells
 * it which workers there are; it ends with the primary.
 */

const STATUS_MS = 1_000;

const balancers = new Map<string, LoadBalancer>();

function report(message: GatewayReport): void {
  if (process.connected) process.send?.(message);
}

function balancerOf({
  algorithm,
  identitySecret,
  affinitySecret,
  trustedProxies,
  maxconn,
  maxqueue,
}: GatewayPolicy): LoadBalancer {
  return new LoadBalancer({
    upstreams: [],
    algorithm: algorithm as PolicyName,
    identitySecret,
    trustedProxies,
    maxqueue,
    ...(maxconn !== null && { maxconn }),
    ...(affinitySecret !== null && { affinity: { by: 'cookie', secret: affinitySecret } }),
    onUpstreamEvent: ({ upstream, kind, detail }) =>
      report({ type: 'fault', message: `${upstream}: ${kind} ${detail}` }),
  });
}

async function follow(order: GatewayOrder, handle: unknown): Promise<void> {
  if (order.type === 'listen') {
    const balancer = balancerOf(order.policy);
    balancers.set(order.key, balancer);
    // `net` listens on a native handle as on anything else; its types do not say so.
    await balancer.listen(handle as ListenOptions);
    return;
  }
  if (order.type === 'reset-breaker') {
    for (const balancer of balancers.values()) balancer.resetBreaker(order.name ?? undefined);
    return;
  }
  const balancer = balancers.get(order.key);
  if (balancer === undefined) return;
  switch (order.type) {
    case 'add':
      balancer.addUpstream(order.upstream);
      return;
    case 'drain':
      balancer.drain(order.name);
      return;
    case 'remove':
      balancer.removeUpstream(order.name);
      return;
    case 'close':
      balancers.delete(order.key);
      await balancer.close({ drainMs: order.drainMs });
      report({ type: 'closed', key: order.key });
      return;
  }
}

process.on('message', (order: GatewayOrder, handle: unknown) => {
  follow(order, handle).catch((error: Error) => report({ type: 'fault', message: `${order.type}: ${error.message}` }));
});
// Ctrl-C goes to the whole group: the primary says when this ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.once('disconnect', () => process.exit(0));

const ticker = new Ticker({ onError: (_name, error) => report({ type: 'fault', message: String(error) }) });
ticker.every(STATUS_MS, 'status', () => {
  const listeners = Object.fromEntries([...balancers].map(([key, balancer]) => [key, balancer.status()]));
  report({ type: 'status', listeners });
});
report({ type: 'ready' });
