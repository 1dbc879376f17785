/** What the demand core goes by. Nothing of it needs tuning for an app: what depends on the app is measured. */
export interface DemandPolicy {
  /** No worker is planned busier than this: Poisson arrivals are uneven, and a loop needs time for its own housekeeping. */
  readonly maxUtilization: number;
  /** Nor emptier than this: where the work of one request alone takes most of the objective, waiting is not what is slow. */
  readonly minUtilization: number;
  /** Share of requests whose waiting time is to fit into the objective. */
  readonly waitQuantile: number;
  /** (c²ₐ + c²ₛ) ÷ 2: how uneven arrivals and service are. 1: Poisson arrivals, exponential service; 0.5: constant service. */
  readonly variability: number;
  /** A backlog is to be gone after this time. */
  readonly drainMs: number;
  /** Mean event-loop utilization, 0..1, above which a backlog is a burst. */
  readonly panicElu: number;
  /** After a burst nothing shrinks for this long. */
  readonly panicHoldMs: number;
  /** From fork to ready, until it has been measured. */
  readonly assumedStartMs: number;
  /** A scale-up without gain holds back further ones for this long. */
  readonly futilityHoldMs: number;
}

export const DEFAULT_DEMAND: DemandPolicy = {
  maxUtilization: 0.8,
  minUtilization: 0.4,
  waitQuantile: 0.998,
  variability: 1,
  drainMs: 2_000,
  panicElu: 0.95,
  panicHoldMs: 10_000,
  assumedStartMs: 2_000,
  futilityHoldMs: 300_000,
};
