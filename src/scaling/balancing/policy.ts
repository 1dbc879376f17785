/** The way a balancing policy sees a worker: read only. */
export interface Candidate {
  /** Unique in the life of the runtime, ascending: of two with one slot the higher id is the newer process. */
  readonly id: number;
  /** Stable over replacements: hashes use it, so that a new process keeps its predecessor's clients. */
  readonly slot: number;
  /** Positive; only its ratio to the others' counts. */
  readonly weight: number;
  /** Open connections (tcp mode) or requests in flight (http mode) that the balancer gave it. */
  readonly active: number;
  /** Smoothed response time with its peaks (peak-EWMA, see `observeLatency`), as of `latencyAtMs`; 0 = not measured yet. */
  readonly latencyMs: number;
  readonly latencyAtMs: number;
  /** Phase ready, listening, not ejected. */
  readonly available: boolean;
}

/** What a pick may depend on beside the candidates. No policy reads a clock or draws randomness itself. */
export interface PickContext {
  /** The client address, cookie or header that affinity goes by; without it the hash policies pick the least loaded. */
  readonly key?: string;
  /** Of the same clock as `latencyAtMs`. */
  readonly nowMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Chooses one of the candidates. Holds at most its own small state (a rotation, a ring);
 * never changes a candidate: claiming is the caller's, in the same synchronous step.
 */
export interface Policy {
  readonly name: string;
  /** `pool` holds available candidates only; undefined when it is empty. */
  pick(pool: readonly Candidate[], context: PickContext): Candidate | undefined;
}

/** The one definition of "may get new work". */
export function isAvailable(candidate: Candidate): boolean {
  return candidate.available;
}
