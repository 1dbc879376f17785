import type { LbAlgorithm } from '../../../config/schema.ts';
import { ConsistentHash } from './consistent-hash.ts';
import { IpHash } from './ip-hash.ts';
import { LeastConnections } from './least-connections.ts';
import { PeakEwma } from './peak-ewma.ts';
import type { Policy } from './policy.ts';
import { PowerOfTwo } from './power-of-two.ts';
import { RoundRobin } from './round-robin.ts';

/** The algorithms that pick; under `adaptive` workers accept by shares (`adaptive-shares.ts`). */
export type PolicyName = Exclude<LbAlgorithm, 'adaptive'>;

export interface PolicyOptions {
  /** consistent-hash: how far above its fair part a worker may be loaded; above 1, default 1.25. */
  readonly loadFactor?: number;
  /** peak-ewma: time after which an old latency counts 1/e; above 0, default 10,000. */
  readonly latencyDecayMs?: number;
}

const POLICIES: { readonly [Name in PolicyName]: (options: PolicyOptions) => Policy } = {
  'round-robin': () => new RoundRobin(),
  weighted: () => new RoundRobin('weighted'),
  'least-connections': () => new LeastConnections(),
  'ip-hash': () => new IpHash(),
  'consistent-hash': (options) => new ConsistentHash(options.loadFactor),
  'power-of-two': () => new PowerOfTwo(),
  'peak-ewma': (options) => new PeakEwma(options.latencyDecayMs),
};

/** Thrown for a name that is in no registry line. */
export class UnknownPolicyError extends Error {
  override readonly name = 'UnknownPolicyError';
  readonly code = 'UNKNOWN_LB_ALGORITHM';

  constructor(given: string) {
    super(`There is no balancing policy "${given}"; allowed are ${Object.keys(POLICIES).join(', ')}.`);
  }
}

/** Thrown for an option outside its range. */
export class PolicyOptionError extends RangeError {
  override readonly name = 'PolicyOptionError';
  readonly code = 'LB_OPTION_OUT_OF_RANGE';

  constructor(option: keyof PolicyOptions, given: number, above: number) {
    super(`${option} is ${given}; allowed is a finite number above ${above}.`);
  }
}

/**
 * A policy with a fresh state of its own: one per pool.
 *
 * @throws UnknownPolicyError when `name` is none of the allowed names.
 * @throws PolicyOptionError when an option is out of range.
 */
export function createPolicy(name: PolicyName, options: PolicyOptions = {}): Policy {
  if (!Object.hasOwn(POLICIES, name)) throw new UnknownPolicyError(name);
  demandAbove('loadFactor', options.loadFactor, 1);
  demandAbove('latencyDecayMs', options.latencyDecayMs, 0);
  return POLICIES[name](options);
}

function demandAbove(option: keyof PolicyOptions, given: number | undefined, above: number): void {
  if (given !== undefined && !(Number.isFinite(given) && given > above)) {
    throw new PolicyOptionError(option, given, above);
  }
}
