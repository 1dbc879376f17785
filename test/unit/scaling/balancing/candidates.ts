import fc from 'fast-check';
import type { Candidate, PickContext, Policy } from '../../../../src/scaling/balancing/policy.ts';
import { seededRandom } from './random.ts';

/** One seed for all property tests: a failure is found again by everybody. */
export const SEEDED = { seed: 2024, numRuns: 60 } as const;

/** A candidate whose load the tests change as a caller of a policy would. */
export interface TestCandidate extends Candidate {
  active: number;
  latencyMs: number;
  latencyAtMs: number;
}

/** Candidates with ids 1, 2, … in slots 0, 1, …, idle and unmeasured unless said otherwise. */
export function poolOf(...differences: Partial<Candidate>[]): TestCandidate[] {
  return differences.map((difference, index) => ({
    id: index + 1,
    slot: index,
    weight: 1,
    active: 0,
    latencyMs: 0,
    latencyAtMs: 0,
    available: true,
    ...difference,
  }));
}

export function poolOfSize(size: number, difference: Partial<Candidate> = {}): TestCandidate[] {
  return poolOf(...Array.from({ length: size }, () => difference));
}

/** Pools of any weights, loads and latencies. */
export const anyPool: fc.Arbitrary<TestCandidate[]> = fc
  .array(
    fc.record({
      weight: fc.integer({ min: 1, max: 10 }),
      active: fc.integer({ min: 0, max: 50 }),
      latencyMs: fc.oneof(fc.constant(0), fc.double({ min: 0.1, max: 1_000, noNaN: true })),
      latencyAtMs: fc.integer({ min: 0, max: 2_000 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((differences) => poolOf(...differences));

export const anyWeights: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 10 }), {
  minLength: 2,
  maxLength: 6,
});

export function contextOf(seed = 1, key?: string): PickContext {
  const context = { nowMs: 1_000, random: seededRandom(seed) };
  return key === undefined ? context : { ...context, key };
}

/** Client addresses, all different. */
export function addresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
}

/** Picks `count` times, with a new key each time; `claim` is called with each pick. Returns the picks per candidate. */
export function countPicks(
  policy: Policy,
  pool: readonly TestCandidate[],
  count: number,
  claim: (picked: TestCandidate) => void = () => {},
): number[] {
  const context = contextOf();
  const counts = new Map<number, number>();
  for (const key of addresses(count)) {
    const picked = policy.pick(pool, { ...context, key }) as TestCandidate;
    counts.set(picked.id, (counts.get(picked.id) ?? 0) + 1);
    claim(picked);
  }
  return pool.map(({ id }) => counts.get(id) ?? 0);
}

export function hold(picked: TestCandidate): void {
  picked.active++;
}

/** By how much, in parts of all picks, the candidate that is worst off its weight is off. */
export function worstError(counts: readonly number[], weights: readonly number[]): number {
  const picks = counts.reduce((sum, count) => sum + count, 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Math.max(...counts.map((count, index) => Math.abs(count / picks - (weights[index] as number) / total)));
}
