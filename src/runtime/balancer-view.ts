import type { AppBreakerViews } from '../cluster/app-breaker-view.ts';
import type { BalancerView } from '../scaling/management/services.ts';
import type { Traffic } from './traffic.ts';

export interface BalancerParts {
  readonly traffic: Pick<Traffic, 'algorithm' | 'accept' | 'gateway' | 'pool' | 'dispatcher' | 'balancer' | 'breakers'>;
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
    const { algorithm, accept, gateway, pool, dispatcher, balancer, breakers } = this.#parts.traffic;
    const reports = breakers.report();
    return {
      mode: gateway === null ? 'tcp' : 'http',
      algorithm,
      accept: gateway === null ? accept : 'gateway',
      ...(gateway !== null && { gateways: gateway.statuses() }),
      movesOrdered: balancer.movesOrdered,
      ...dispatcher.status,
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
    const { traffic, appBreakers, redisBreaker } = this.#parts;
    const redis = redisBreaker();
    return { ...appBreakers.report(), ...(redis && { redis }), ...traffic.breakers.report() };
  }

  /** Redis has none to reset: probes ask twice a second whether it is back. */
  resetBreakers(name?: string): boolean {
    const { traffic, appBreakers, redisBreaker } = this.#parts;
    const ofApp = appBreakers.reset(name);
    return traffic.breakers.reset(name) || ofApp || (name === 'redis' && redisBreaker() !== null);
  }
}
