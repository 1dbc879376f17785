import type { LbAlgorithm } from '../../config/schema.ts';
import type { AppBreakerViews } from '../cluster/app-breaker-view.ts';
import type { ConnectionAcceptor } from '../cluster/connection-acceptor.ts';
import type { ConnectionBalancer } from '../cluster/connection-balancer.ts';
import type { Gateway } from '../cluster/gateway.ts';
import type { WorkerBreakers } from '../cluster/worker-breakers.ts';
import type { WorkerPool } from '../cluster/worker-pool.ts';
import type { BalancerView } from '../scaling/management/services.ts';

export interface BalancerParts {
  readonly algorithm: LbAlgorithm;
  readonly gateway: Gateway | null;
  readonly pool: WorkerPool;
  readonly acceptor: ConnectionAcceptor;
  readonly balancer: ConnectionBalancer;
  readonly breakers: WorkerBreakers;
  readonly appBreakers: AppBreakerViews;
  /** Whether the embedded store stands in for Redis, told as a breaker; null: there is no Redis. */
  readonly redisBreaker: () => object | null;
}

/** The balancer as the control API sees it. */
export class RuntimeBalancerView implements BalancerView {
  readonly #parts: BalancerParts;

  constructor(parts: BalancerParts) {
    this.#parts = parts;
  }

  status(): object {
    const { algorithm, gateway, pool, acceptor, balancer, breakers } = this.#parts;
    const reports = breakers.report();
    const accept = algorithm === 'adaptive' ? 'shared' : 'hand-over';
    return {
      mode: gateway === null ? 'tcp' : 'http',
      algorithm,
      accept: gateway === null ? accept : 'gateway',
      ...(gateway !== null && { gateways: gateway.statuses() }),
      movesOrdered: balancer.movesOrdered,
      ...acceptor.status,
      upstreams: pool.all().map((worker) => ({
        worker: worker.id,
        slot: worker.slot,
        state: worker.phase,
        available: worker.load.available,
        ejected: worker.ejected,
        weight: worker.load.weight,
        claims: worker.load.claims,
        connections: worker.load.active,
        inFlight: worker.load.inFlight,
        requestRate: Number(worker.load.requestRate.toFixed(1)),
        latencyMs: Number(worker.load.latencyMs.toFixed(2)),
        breaker: reports[`worker-${worker.slot}`] ?? null,
      })),
    };
  }

  /** Of the workers, `redis` where it is configured, and of the app. */
  breakers(): object {
    const { breakers, appBreakers, redisBreaker } = this.#parts;
    const redis = redisBreaker();
    return { ...appBreakers.report(), ...(redis && { redis }), ...breakers.report() };
  }

  /** Redis has none to reset: probes ask twice a second whether it is back. */
  resetBreakers(name?: string): boolean {
    const { breakers, appBreakers, redisBreaker } = this.#parts;
    const ofApp = appBreakers.reset(name);
    return breakers.reset(name) || ofApp || (name === 'redis' && redisBreaker() !== null);
  }
}
