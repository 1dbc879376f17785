import type { ConnectionAcceptor } from '../cluster/connection-acceptor.ts';
import type { Gateway } from '../cluster/gateway.ts';
import type { WorkerPool } from '../cluster/worker-pool.ts';

/**
 * Connections that the primary holds for workers that have not taken them, and requests in the gateway's queues: load that no worker can
 * tell of, because none has seen it.
 */
export function waitingWork(parts: {
  readonly pool: Pick<WorkerPool, 'all'>;
  readonly acceptor: Pick<ConnectionAcceptor, 'status'>;
  readonly gateway: Pick<Gateway, 'statuses'> | null;
}): number {
  const { pool, acceptor, gateway } = parts;
  const handedOver = pool.all().reduce((sum, { outbox }) => sum + outbox.length, 0);
  const queued = (gateway?.statuses() ?? []).reduce((sum, status) => sum + status.queued, 0);
  return handedOver + acceptor.status.parked + queued;
}
