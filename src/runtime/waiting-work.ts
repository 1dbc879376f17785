import type { ConnectionDispatcher } from '../cluster/connection-dispatcher.ts';
import type { Gateway } from '../cluster/gateway.ts';
import type { WorkerPool } from '../cluster/worker-pool.ts';

/**
 * Connections that the primary holds for workers that have not taken them, and requests in the gateway's queues: load that no worker can
 * tell of, because none has seen it.
 */
export function waitingWork(parts: {
  readonly pool: Pick<WorkerPool, 'all'>;
  readonly dispatcher: Pick<ConnectionDispatcher, 'status'>;
  readonly gateway: Pick<Gateway, 'statuses'> | null;
}): number {
  const { pool, dispatcher, gateway } = parts;
  const handedOver = pool.all().reduce((sum, { outbox }) => sum + outbox.length, 0);
  const queued = (gateway?.statuses() ?? []).reduce((sum, status) => sum + status.queued, 0);
  return handedOver + dispatcher.status.parked + queued;
}
