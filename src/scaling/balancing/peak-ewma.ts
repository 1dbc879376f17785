import type { Candidate, PickContext, Policy } from './policy.ts';
import { betterOfTwo } from './two-choices.ts';

/** Time after which an old latency counts 1/e; Finagle's default. */
const DEFAULT_LATENCY_DECAY_MS = 10_000;

/** A measured latency never counts less: else a worker idle for hours would be free whatever it is given. */
const MIN_LATENCY_MS = 0.01;

/** Cost of a worker that has work and has not answered yet: it gets no second piece while a measured one is to be had. */
const UNMEASURED_LATENCY_MS = 1e9;

/** What is remembered of a worker's response times; the fields of `Candidate` with the same names. */
export interface LatencyState {
  /** 0 = not measured yet. */
  readonly latencyMs: number;
  readonly latencyAtMs: number;
}

/**
 * Takes one response time in: a rise counts at once, a fall by exponential decay over the time since the last observation
 * (Twitter Finagle's `PeakEwma`). Example, decay 10 s: 20 ms now, then 100 ms → 100 at once; 10 s later 20 ms → 20 + 80/e = 49.4.
 *
 * @param latencyMs not negative; what is not a finite number changes nothing.
 */
export function observeLatency(
  state: LatencyState,
  latencyMs: number,
  nowMs: number,
  decayMs: number = DEFAULT_LATENCY_DECAY_MS,
): LatencyState {
  if (!Number.isFinite(latencyMs)) return state;
  const observed = Math.max(latencyMs, MIN_LATENCY_MS);
  if (observed > state.latencyMs) return { latencyMs: observed, latencyAtMs: nowMs };
  const kept = Math.exp(-Math.max(0, nowMs - state.latencyAtMs) / decayMs);
  return { latencyMs: state.latencyMs * kept + observed * (1 - kept), latencyAtMs: nowMs };
}

/**
 * Cost = latency, decayed since it was measured, × (active + 1) / weight; of two drawn by weight the cheaper. Two choices, not the
 * minimum of all, as in Finagle: in tcp mode latencies arrive once a second, and all connections of that second would go to one worker.
 */
export class PeakEwma implements Policy {
  readonly name = 'peak-ewma';
  readonly #cost: (candidate: Candidate, nowMs: number) => number;

  constructor(decayMs: number = DEFAULT_LATENCY_DECAY_MS) {
    this.#cost = (candidate, nowMs) =>
      (expectedLatencyMs(candidate, nowMs, decayMs) * (candidate.active + 1)) / candidate.weight;
  }

  pick(pool: readonly Candidate[], context: PickContext): Candidate | undefined {
    return betterOfTwo(pool, context, this.#cost);
  }
}

function expectedLatencyMs(candidate: Candidate, nowMs: number, decayMs: number): number {
  if (candidate.latencyMs <= 0) return candidate.active === 0 ? 0 : UNMEASURED_LATENCY_MS;
  const ageMs = Math.max(0, nowMs - candidate.latencyAtMs);
  return Math.max(MIN_LATENCY_MS, candidate.latencyMs * Math.exp(-ageMs / decayMs));
}
