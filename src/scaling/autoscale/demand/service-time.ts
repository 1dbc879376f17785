import type { Sample } from '../series.ts';
import { busyErlangs } from './offered-load.ts';

/** Decayed sums: their quotient is the loop time that a request takes. */
export interface ServiceState {
  readonly busySeconds: number;
  readonly requests: number;
}

export const NO_SERVICE: ServiceState = { busySeconds: 0, requests: 0 };

/** After this time an observation counts half: a deployment changes what a request costs. */
const HALF_LIFE_MS = 60_000;
/** Fewer requests than this (decayed) say nothing. */
const ENOUGH_REQUESTS = 5;

/**
 * Adds one interval: `Σ (elu − run delay) · t` and the requests it was spent on.
 * The completed ones are counted, not the started: while a queue grows, requests have started that cost nothing yet.
 */
export function observeService(before: ServiceState, sample: Sample): ServiceState {
  const busy = busyErlangs(sample);
  if (busy === null || sample.traffic === null || sample.stale > 0) return before;
  const { intervalMs, completed } = sample.traffic;
  const kept = 0.5 ** (intervalMs / HALF_LIFE_MS);
  return {
    busySeconds: before.busySeconds * kept + (completed > 0 ? (busy * intervalMs) / 1_000 : 0),
    requests: before.requests * kept + completed,
  };
}

/** Event-loop time of one request in seconds; null: too few requests to tell. */
export function serviceSeconds({ busySeconds, requests }: ServiceState): number | null {
  return requests >= ENOUGH_REQUESTS && busySeconds > 0 ? busySeconds / requests : null;
}
