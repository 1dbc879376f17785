/** What the figures of several rounds say together. Pure: the same figures and seed give the same answer. */

/** A median, and the interval that holds it with 95 % confidence. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 5_000;
const TAIL = 0.025;

/** @throws RangeError without values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of no values');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/**
 * The median with a percentile bootstrap interval (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13):
 * the rounds are drawn anew, with replacement, 5,000 times; 95 % of the medians found lie within it.
 *
 * @param random 0 ≤ x < 1
 * @throws RangeError without values
 */
export function estimate(values: readonly number[], random: () => number): Estimate {
  const middle = median(values);
  const draw = (): number => values[Math.floor(random() * values.length)] as number;
  const medians = Array.from({ length: RESAMPLES }, () => median(values.map(draw))).sort((a, b) => a - b);
  const low = medians[Math.floor(RESAMPLES * TAIL)] as number;
  const high = medians[Math.ceil(RESAMPLES * (1 - TAIL)) - 1] as number;
  return { median: middle, low, high };
}

/**
 * Round by round: `values[i] ÷ base[i]`. What slows the machine down for a while slows both of a pair.
 * @throws RangeError when the two differ in length
 */
export function ratios(values: readonly number[], base: readonly number[]): number[] {
  if (values.length !== base.length) throw new RangeError(`${values.length} values against ${base.length}`);
  return values.map((value, round) => value / (base[round] as number));
}

/** How far the count farthest from the mean is from it, as a part of the mean; 0 = all equal. Without counts 0. */
export function deviationFromEven(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  if (!(mean > 0)) return 0;
  return Math.max(...counts.map((count) => Math.abs(count / mean - 1)));
}

/** Repeatable numbers, 0 ≤ x < 1: xorshift32 (Marsaglia, Xorshift RNGs, 2003). Any seed but 0 modulo 2³² will do. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}
