/**
 * In what unit load is evened out:
 * - `rate`: completed requests a second; the usual one.
 * - `elu`: event-loop utilization, when the worker that completes fewer requests is by far the busier: its requests are dearer.
 * - `connections`: when hardly anything happens; nothing is gained now, but the next burst finds its connections spread.
 */
export type Basis = 'rate' | 'elu' | 'connections';

/** A worker's smoothed figures per relative weight (1 = the mean weight). */
export interface LoadFigures {
  readonly rate: number;
  /** Null: too young, its figure is that of its start. */
  readonly elu: number | null;
  readonly inFlight: number;
  readonly connections: number;
}

export interface BasisRules {
  readonly quantity: 'rate' | 'elu' | 'connections';
  /** Moving starts when busiest − least busy exceeds this, and stops below `stopGap`; both in the unit of the basis. */
  startGap(mean: number): number;
  stopGap(mean: number): number;
  /** An episode is spread over about so many rounds, … */
  readonly rounds: number;
  /** … and no round moves more than this: at 0.4 ms of CPU a move and ten rounds a second 24 take 10 % of a core, 4 take 1.6 %. */
  readonly maxMovesPerRound: number;
}

export const BASIS_RULES: { readonly [B in Basis]: BasisRules } = {
  rate: {
    quantity: 'rate',
    // Arrivals vary by √rate (Poisson; over the two seconds that a smoothed figure covers, for the difference of two workers).
    startGap: (mean) => 0.3 * mean + 2 * Math.sqrt(mean),
    stopGap: (mean) => 0.1 * mean + 0.5 * Math.sqrt(mean),
    rounds: 10,
    maxMovesPerRound: 24,
  },
  elu: { quantity: 'elu', startGap: () => 0.3, stopGap: () => 0.1, rounds: 20, maxMovesPerRound: 8 },
  connections: {
    quantity: 'connections',
    startGap: (mean) => 0.5 * mean + 8,
    stopGap: (mean) => 0.1 * mean + 1,
    rounds: 50,
    maxMovesPerRound: 4,
  },
};

/** Under this utilization of the busiest worker there is nothing to gain now; up to the second figure an idle pool counts as idle still. */
const IDLE_ELU = 0.05;
const BUSY_ELU = 0.08;
/** Requests a second and worker. */
const IDLE_RATE = 1;
/** So much busier on fewer requests: `elu`; until the difference is under the second figure. */
const DEARER_ELU = 0.3;
const SAME_ELU = 0.1;

/** The basis of this round; `current` gives each change its hysteresis. */
export function chooseBasis(current: Basis, workers: readonly LoadFigures[]): Basis {
  let busiest: LoadFigures | undefined;
  let calmest: LoadFigures | undefined;
  for (const worker of workers) {
    if (worker.elu === null) continue;
    if (worker.elu > (busiest?.elu ?? -1)) busiest = worker;
    if (worker.elu < (calmest?.elu ?? 2)) calmest = worker;
  }
  const totalRate = workers.reduce((sum, worker) => sum + worker.rate, 0);
  if (totalRate < IDLE_RATE * workers.length) return 'connections';
  if (busiest === undefined || calmest === undefined) return 'rate';
  const highest = busiest.elu as number;
  if (current === 'connections' && highest < BUSY_ELU) return 'connections';
  // A young worker may be the busy one: wait for its figure.
  if (highest < IDLE_ELU && workers.every(({ elu }) => elu !== null)) return 'connections';
  const difference = highest - (calmest.elu as number);
  const dearer = busiest.rate <= calmest.rate && difference > DEARER_ELU;
  return dearer || (current === 'elu' && difference > SAME_ELU) ? 'elu' : 'rate';
}
