/** The panels that are asked for now and then, beside the stream. */
import type { Actions } from './actions.ts';
import type { Api } from './api.ts';
import { type BalancerBody, drawBalancer, drawBreakers } from './balancer-panel.ts';
import { drawHealth } from './health-panel.ts';
import type { HealthBody } from './health-view.ts';
import { Poller } from './poller.ts';
import { whyNot } from './session.ts';
import { drawFleet, drawRefusal, drawState, type FleetBody, type StateBody } from './state-panel.ts';
import type { UpstreamFigures, WorkerStanding } from './worker-details.ts';
import type { MemoryTrend } from './worker-view.ts';

const OFTEN_MS = 4_000;
const SELDOM_MS = 15_000;
const UNUSED = 'Not in use: the store of the shared state starts with the first who needs it.';

export class Panels {
  readonly #api: Api;
  readonly #health: Poller<HealthBody>;
  readonly #balancer: Poller<BalancerBody>;
  readonly #breakers: Poller<Readonly<Record<string, unknown>>>;
  readonly #state: Poller<StateBody>;
  readonly #fleet: Poller<FleetBody>;
  readonly #memory: Poller<{ readonly workers?: readonly MemoryTrend[] }>;
  #trends: readonly MemoryTrend[] = [];
  #upstreams: readonly UpstreamFigures[] = [];
  #stateInUse = false;

  constructor(api: Api, actions: Actions) {
    this.#api = api;
    const quiet = (): void => {};
    const onReset = (name: string | null): void => actions.resetBreaker(name);
    const mayNotReset = (): string | null => whyNot(api.session, 'admin');
    this.#health = new Poller<HealthBody>({
      api,
      path: () => 'health',
      everyMs: OFTEN_MS,
      draw: (body) => {
        drawHealth(body);
        this.#takeStateUse(body);
      },
      refuse: quiet,
    });
    this.#balancer = new Poller<BalancerBody>({
      api,
      path: () => 'loadbalancer/status',
      everyMs: OFTEN_MS,
      draw: (body) => {
        this.#upstreams = body.upstreams ?? [];
        drawBalancer(body);
        // All breakers are for admins to see; those of the workers stand in the balancer's own status.
        if (mayNotReset() !== null) drawBreakers(breakersOf(body), mayNotReset(), onReset);
      },
      refuse: quiet,
    });
    this.#breakers = new Poller({
      api,
      path: () => 'api/v1/admin/circuit-breaker/stats',
      everyMs: OFTEN_MS,
      wanted: () => mayNotReset() === null,
      draw: (body) => drawBreakers(body, null, onReset),
      refuse: quiet,
    });
    this.#state = new Poller<StateBody>({
      api,
      path: () => 'redis/status',
      everyMs: SELDOM_MS,
      wanted: () => this.#stateInUse,
      draw: (body) => drawState(body, Date.now()),
      refuse: (detail) => drawRefusal('state', detail),
    });
    this.#fleet = new Poller<FleetBody>({
      api,
      path: () => 'api/v1/admin/fleet-stats',
      everyMs: SELDOM_MS,
      wanted: () => this.#stateInUse,
      draw: drawFleet,
      refuse: (detail) => drawRefusal('fleet', detail),
    });
    this.#memory = new Poller({
      api,
      path: () => 'cluster/memory',
      everyMs: SELDOM_MS,
      draw: ({ workers = [] }) => {
        this.#trends = workers;
      },
      refuse: quiet,
    });
    drawRefusal('state', UNUSED);
    drawRefusal('fleet', UNUSED);
  }

  /** Asks for all of them now. */
  refresh(): void {
    this.#health.ask();
    this.#balancer.ask();
    this.#breakers.ask();
    this.#state.ask();
    this.#fleet.ask();
    this.#memory.ask();
  }

  standingOf(workerId: number): WorkerStanding {
    return {
      upstream: this.#upstreams.find(({ worker }) => worker === workerId),
      trend: this.#trends.find(({ id }) => id === workerId),
    };
  }

  /** To ask for the store would start it; whoever only looks should not. */
  #takeStateUse({ dependencies = {} }: HealthBody): void {
    const inUse = 'state' in dependencies || 'redis' in dependencies;
    if (inUse === this.#stateInUse) return;
    this.#stateInUse = inUse;
    this.#state.ask();
    if (whyNot(this.#api.session, 'admin') === null) this.#fleet.ask();
    else drawRefusal('fleet', whyNot(this.#api.session, 'admin') ?? '');
  }
}

function breakersOf({ upstreams = [] }: BalancerBody): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    upstreams.flatMap(({ slot, breaker }) => (breaker == null ? [] : [[`worker-${slot}`, breaker]])),
  );
}
