import type { Observation } from './observation.ts';

/** Stands for an observation that could not be had. */
export interface Unobserved {
  /** Why: a clause for the record's sentence. */
  readonly unobserved: string;
}

export function isObserved(observation: Observation | Unobserved): observation is Observation {
  return !('unobserved' in observation);
}
