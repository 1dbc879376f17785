/** Under this key of `Symbol.for` the agent leaves a RuntimeOffer, out of the environment that the app sees. */
export const OFFER_SYMBOL = 'tidegate.runtime';

/** What the runtime has for `tidegate/state` and `tidegate/database` in a worker. */
export interface RuntimeOffer {
  /** `AgentSettings.state`. */
  readonly state: object | null;
  /** To be called before the first connection: the primary starts the store if it does not run yet. */
  readonly stateNeeded: () => void;
  /** `AgentSettings.workersMax`. */
  readonly workersMax: number;
}

/** Leaves the offer where the app's modules find it, however often they are loaded. */
export function makeOffer(offer: RuntimeOffer): void {
  (globalThis as Record<symbol, unknown>)[Symbol.for(OFFER_SYMBOL)] = offer;
}

/** Undefined in a process that is no worker of the runtime. */
export function runtimeOffer(): RuntimeOffer | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for(OFFER_SYMBOL)] as RuntimeOffer | undefined;
}
