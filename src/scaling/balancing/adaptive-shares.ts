/**
 * Shared accept (policy `adaptive`): which fraction of the new connections each worker should take, recomputed about ten times a
 * second. Workers accept by themselves and the kernel favours some of them (70 % on 2 of 8 was seen), so two loops correct:
 * - by *load*, proportional: a worker above the mean gets less, one below it more. Proportional, not integral, because open
 *   connections are themselves the integral of the shares, and a second integrator would swing.
 * - by *acceptance*, integral: who takes less than it should is told more, until what it takes is what it should.
 */
import { boundedShares } from './bounded-shares.ts';

export interface AcceptingWorker {
  readonly id: number;
  /** Positive; only its ratio to the others' counts. */
  readonly weight: number;
  /** Connections it accepted and kept since the previous call. */
  readonly acceptedInWindow: number;
  /** Open now. */
  readonly connections: number;
  /** Null: not reported yet, counts as the mean. */
  readonly inFlight: number | null;
  /** Event-loop utilization, 0..1. Null: not reported yet, counts as the mean. */
  readonly elu: number | null;
}

export interface SharesState {
  readonly atMs: number;
  readonly workers: ReadonlyMap<number, WorkerSharesState>;
}

/** Per relative weight (1 = the mean weight). */
interface Figures {
  /** Smoothed; null: never reported. */
  readonly elu: number | null;
  readonly inFlight: number | null;
  /** As they are: they are known at once. */
  readonly connections: number;
}

interface WorkerSharesState extends Figures {
  /** What the load makes of the fair share: 1 = fair. Smoothed. */
  readonly factor: number;
  /** Logarithm of the acceptance loop's correction. */
  readonly correction: number;
  /** What it should have accepted since `atMs`: the share before the correction. */
  readonly wanted: number;
}

export interface AcceptShares {
  readonly state: SharesState;
  /** By worker id; the sum is 1 (empty without workers). */
  readonly shares: ReadonlyMap<number, number>;
}

/** Utilization and requests come once a second and jump; the factor follows, half as slowly, so that chance does not move shares. */
const FIGURE_SMOOTHING_MS = 1_000;
const FACTOR_SMOOTHING_MS = 500;
/** Two calls further apart than this start afresh. */
const FORGET_MS = 10_000;
/** share = fair × (load ÷ mean)⁻². Exponents up to 6 stay stable in simulation, but even out hardly more, with more noise. */
const LOAD_EXPONENT = 2;
const MAX_FACTOR = 8;
/** Of the error that one round of the acceptance loop takes in; a second's worth (ten rounds) corrects most of it. */
const ACCEPTANCE_GAIN = 0.15;
/** A window with this many accepts counts half: in fewer, chance outweighs bias. */
const TELLING_ACCEPTS = 50;
const MAX_CORRECTION = Math.log(4);

/** Added to both sides of a comparison with the mean, so that 2 % of a core against 1 % is no imbalance; and what each signal counts. */
const SIGNALS = {
  elu: { floor: 0.1, part: 0.5 },
  inFlight: { floor: 2, part: 0.25 },
  connections: { floor: 8, part: 0.25 },
} as const;
type Signal = keyof typeof SIGNALS;
type Means = Readonly<Record<Signal, number>>;

/**
 * The shares from now on. With nothing known they are even by weight. Example: a new, empty worker beside two at ELU 0.6 with 30
 * connections each has 0.29 of the mean load (in the sense of `pressure`); within two seconds its share rises from ⅓ to ⅚,
 * and it comes back as the worker fills.
 *
 * @param workers those that accept now; ids differ.
 * @param previous the state returned by the previous call, undefined at first.
 */
export function acceptShares(
  workers: readonly AcceptingWorker[],
  previous: SharesState | undefined,
  nowMs: number,
): AcceptShares {
  if (workers.length === 0) return { state: { atMs: nowMs, workers: new Map() }, shares: new Map() };
  const elapsedMs = previous === undefined ? 0 : Math.max(0, nowMs - previous.atMs);
  const memory = elapsedMs < FORGET_MS ? previous?.workers : undefined;
  const before = workers.map((worker) => memory?.get(worker.id));
  const gainWithin = (smoothingMs: number): number =>
    memory === undefined ? 0 : 1 - Math.exp(-elapsedMs / smoothingMs);
  const figureGain = gainWithin(FIGURE_SMOOTHING_MS);
  const factorGain = gainWithin(FACTOR_SMOOTHING_MS);

  const totalWeight = workers.reduce((sum, worker) => sum + worker.weight, 0);
  const fair = workers.map((worker) => worker.weight / totalWeight);
  const figures = workers.map((worker, index) =>
    smoothFigures(before[index], worker, (fair[index] as number) * workers.length, figureGain),
  );
  const means = meanFigures(figures, fair);
  const factors = figures.map((figure, index) => {
    const target = Math.max(1 / MAX_FACTOR, Math.min(MAX_FACTOR, pressure(figure, means) ** -LOAD_EXPONENT));
    return smooth(before[index]?.factor ?? 1, target, factorGain);
  });
  const wanted = boundedShares(fair, factors);
  const corrections = correct(workers, before, factors);
  const shares = boundedShares(
    fair,
    factors.map((factor, index) => factor * Math.exp(corrections[index] as number)),
  );

  const states = new Map<number, WorkerSharesState>();
  for (const [index, worker] of workers.entries()) {
    states.set(worker.id, {
      ...(figures[index] as Figures),
      factor: factors[index] as number,
      correction: corrections[index] as number,
      wanted: wanted[index] as number,
    });
  }
  return {
    state: { atMs: nowMs, workers: states },
    shares: new Map(workers.map((worker, index) => [worker.id, shares[index] as number])),
  };
}

/** The acceptance loop: the new corrections. */
function correct(
  workers: readonly AcceptingWorker[],
  before: readonly (WorkerSharesState | undefined)[],
  factors: readonly number[],
): number[] {
  const accepted = workers.reduce((sum, worker) => sum + worker.acceptedInWindow, 0);
  const gain = (ACCEPTANCE_GAIN * accepted) / (accepted + TELLING_ACCEPTS);
  return workers.map((worker, index) => {
    const memory = before[index];
    if (memory === undefined || accepted === 0) return memory?.correction ?? 0;
    const lack = Math.max(-1, 1 - worker.acceptedInWindow / accepted / memory.wanted);
    // Who takes less because it is busy must not be pushed: it would get a burst once it is free.
    const error = (factors[index] as number) < 1 ? Math.min(0, lack) : lack;
    return Math.max(-MAX_CORRECTION, Math.min(MAX_CORRECTION, memory.correction + gain * error));
  });
}

/**
 * Load relative to the mean: 1 = as loaded as all, on balance of the signals. Never less than the connections alone say, up to 1:
 * a worker that has its part of them already, but whose utilization is still reported from before, would be overfilled.
 */
function pressure(figures: Figures, means: Means): number {
  const ratio = (signal: Signal): number => {
    const { floor } = SIGNALS[signal];
    return ((figures[signal] ?? means[signal]) + floor) / (means[signal] + floor);
  };
  const balance =
    SIGNALS.elu.part * ratio('elu') +
    SIGNALS.inFlight.part * ratio('inFlight') +
    SIGNALS.connections.part * ratio('connections');
  return Math.max(balance, Math.min(1, ratio('connections')));
}

function smoothFigures(before: Figures | undefined, worker: AcceptingWorker, weight: number, gain: number): Figures {
  const smoothed = (signal: Signal): number | null => {
    const value = worker[signal];
    const known = before?.[signal] ?? null;
    return value === null ? known : smooth(known ?? value / weight, value / weight, gain);
  };
  return { elu: smoothed('elu'), inFlight: smoothed('inFlight'), connections: worker.connections / weight };
}

/** Weighted by `fair`, over those that reported; without any 0. */
function meanFigures(figures: readonly Figures[], fair: readonly number[]): Means {
  const mean = (signal: Signal): number => {
    let sum = 0;
    let parts = 0;
    for (const [index, figure] of figures.entries()) {
      const value = figure[signal];
      if (value === null) continue;
      sum += value * (fair[index] as number);
      parts += fair[index] as number;
    }
    return parts === 0 ? 0 : sum / parts;
  };
  return { elu: mean('elu'), inFlight: mean('inFlight'), connections: mean('connections') };
}

function smooth(before: number, value: number, gain: number): number {
  return before + (value - before) * gain;
}
