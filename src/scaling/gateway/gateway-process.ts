import type { ListenOptions } from 'node:net';
import type { Arrival } from '../../ipc/arrival.ts';
import type { AccessLogTarget, GatewayOrder, GatewayPolicy, GatewayReport } from '../../ipc/gateway-protocol.ts';
import type { StateSettings } from '../state/settings.ts';
import { Ticker } from '../ticker.ts';
import { AccessLines, type LineSink } from './access-lines.ts';
import type { HandOver } from './hand-over.ts';
import { limitRule } from './limits/limit-rules.ts';
import { sharedLimits } from './limits/shared-limits.ts';
import { LoadBalancer } from './load-balancer.ts';
import { policyOptions } from './policy-options.ts';

/**
 * The gateway as a process of its own, so that a burst of traffic can't starve supervision. The primary sends it bound sockets and tells
 * it which workers there are; it ends with the primary.
 */

const STATUS_MS = 1_000;
const GIVE_UP_MS = 2_000;

const balancers = new Map<string, LoadBalancer>();

/** Opens what access log lines are written to. */
export type AccessLogOpener = (target: AccessLogTarget) => LineSink;

let openAccessLog: AccessLogOpener;
/** Of all listeners. */
let accessLines: AccessLines | undefined;

function report(message: GatewayReport): void {
  if (process.connected) process.send?.(message);
}

function balancerOf(key: string, policy: GatewayPolicy): LoadBalancer {
  const { rateLimits, state, accessLog } = policy;
  if (accessLog !== null) accessLines ??= new AccessLines(openAccessLog(accessLog));
  return new LoadBalancer({
    ...policyOptions(policy),
    ...(rateLimits.length > 0 && { limiter: sharedLimits(rateLimits.map(limitRule), state as StateSettings | null) }),
    ...(accessLines !== undefined && { onAccess: accessLines.add }),
    onHandOver: (upgrade) => handOver(key, upgrade),
    onUpstreamEvent: ({ upstream, kind, detail }) =>
      report({ type: 'fault', message: `${upstream}: ${kind} ${detail}` }),
  });
}

/** The worker gets the socket by way of the primary, which knows another one in case it is gone. */
function handOver(key: string, { upstream, head, socket, origin }: HandOver): boolean {
  const { _handle: handle } = socket as unknown as { _handle: { readStop(): number } | null };
  if (handle === null || !process.connected) return false;
  handle.readStop();
  const first = Buffer.from(head, 'latin1').toString('base64');
  const arrival: Arrival = { first, upgrade: true, ...(origin.told && { client: origin.client }) };
  const message: GatewayReport = { type: 'hand-over', key, name: upstream, arrival };
  // Our copy of the descriptor is closed when the primary's is on its way; the connection stays open.
  process.send?.(message, handle as never, {}, () => socket.destroy());
  return true;
}

async function follow(order: GatewayOrder, handle: unknown): Promise<void> {
  if (order.type === 'listen') {
    const balancer = balancerOf(order.key, order.policy);
    balancers.set(order.key, balancer);
    // `net` listens on a native handle as on anything else; its types do not say so.
    await balancer.listen(handle as ListenOptions);
    report({ type: 'listening', key: order.key });
    return;
  }
  if (order.type === 'reset-breaker') {
    for (const balancer of balancers.values()) balancer.resetBreaker(order.name ?? undefined);
    return;
  }
  const balancer = balancers.get(order.key);
  if (balancer === undefined) {
    // Closed meanwhile: there is nobody left who could send anything.
    if (order.type === 'drain') report({ type: 'left', request: order.request });
    return;
  }
  switch (order.type) {
    case 'add':
      balancer.addUpstream(order.upstream);
      return;
    case 'replace':
      balancer.replaceUpstream(order.upstream);
      return;
    case 'drain':
      balancer.drain(order.name);
      report({ type: 'left', request: order.request });
      return;
    case 'remove':
      balancer.removeUpstream(order.name);
      return;
    case 'close':
      await balancer.close({ drainMs: order.drainMs });
      if (balancers.get(order.key) === balancer) balancers.delete(order.key);
      report({ type: 'closed', key: order.key });
      return;
  }
}

/** Serves what the primary orders, until it is gone. */
export function serveGateway(openLog: AccessLogOpener): void {
  openAccessLog = openLog;
  process.on('message', (order: GatewayOrder, handle: unknown) => {
    follow(order, handle).catch((error: Error) => {
      report({ type: 'fault', message: `${order.type}: ${error.message}` });
      // Without a listener it is of no use: the primary starts it again, and by then a certificate may have its key.
      if (order.type === 'listen' && balancers.size === 0) setTimeout(() => process.exit(1), GIVE_UP_MS);
    });
  });
  // Ctrl-C goes to the whole group: the primary says when this ends.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.once('disconnect', () => {
    const end = (): never => process.exit(0);
    if (accessLines === undefined) end();
    setTimeout(end, GIVE_UP_MS);
    accessLines?.end(end);
  });

  const ticker = new Ticker({ onError: (_name, error) => report({ type: 'fault', message: String(error) }) });
  ticker.every(STATUS_MS, 'status', () => {
    const listeners = Object.fromEntries([...balancers].map(([key, balancer]) => [key, balancer.status()]));
    report({ type: 'status', listeners });
  });
  report({ type: 'ready' });
}
