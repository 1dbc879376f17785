import type { Gateway } from '../cluster/gateway.ts';
import type { WorkerBreakers } from '../cluster/worker-breakers.ts';
import type { BreakerFigures } from '../scaling/metrics/family.ts';

/** What the balancer sends requests to, and whether it does: in http mode as the gateway processes say, the worst of them. */
export function upstreamStates(gateway: Gateway | null, breakers: WorkerBreakers): readonly BreakerFigures[] {
  if (gateway === null) return Object.entries(breakers.report()).map(([name, { state }]) => ({ name, state }));
  const open = new Map<string, boolean>();
  for (const { upstreams } of gateway.statuses()) {
    for (const { name, state } of upstreams) {
      if (state === 'draining') continue;
      open.set(name, state !== 'up' || (open.get(name) ?? false));
    }
  }
  return [...open].map(([name, isOpen]) => ({ name, state: isOpen ? 'open' : 'closed' }));
}
