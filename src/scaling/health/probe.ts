import type { Observation } from '../autoscale/observation.ts';
import type { ProbeSpec } from './probe-state.ts';

/** What probes look at beside the observation; a `ClusterStatus` has it all. */
export interface ClusterFacts {
  readonly desired: number;
  readonly ready: number;
  readonly crashLoop: { readonly frozen: boolean; readonly failedStarts: number; readonly lastHealthyCount: number };
}

export interface ProbeInput {
  readonly observation: Observation;
  readonly cluster: ClusterFacts;
  /** False until the first worker was ready: a start is no outage. */
  readonly everReady: boolean;
  /** What the balancer sends requests to, with the state of its breaker. */
  readonly upstreams: readonly { readonly name: string; readonly state: 'closed' | 'half-open' | 'open' }[];
}

export interface Measurement {
  /** Undefined: can't be measured now. */
  readonly value: number | undefined;
  /** The finding in words, for people. */
  readonly sentence: string;
}

/** Measures one thing, and says at which values it is bad. Pure. */
export interface Probe {
  readonly spec: ProbeSpec;
  readonly measure: (input: ProbeInput) => Measurement;
}
