/** A share is never below a quarter nor above three times the fair one, whatever the figures say. */
export const MIN_OF_FAIR = 0.25;
export const MAX_OF_FAIR = 3;

/** Halvings of the search interval (a ratio of at most 10⁶ here): leaves an error of 10⁻⁹. */
const HALVINGS = 50;

/**
 * Splits 1 into shares as near to `fair[i] × factor[i]` as the limits allow: `fair[i] × clamp(scale × factor[i], ¼, 3)`, with the
 * one scale for which the sum is 1. The sum grows with the scale from ¼ to 3, so there is one, found by bisection.
 * Example: fair ½ ½, factors 9 and 1 → ⅞ and ⅛ (the clamped quarter of ½), not 0.9 and 0.1.
 *
 * @param fair positive, with the sum 1.
 * @param factors positive, as many.
 */
export function boundedShares(fair: readonly number[], factors: readonly number[]): number[] {
  let low = Math.log(MIN_OF_FAIR / Math.max(...factors));
  let high = Math.log(MAX_OF_FAIR / Math.min(...factors));
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (sum(scaled(fair, factors, Math.exp(middle))) < 1) low = middle;
    else high = middle;
  }
  const shares = scaled(fair, factors, Math.exp(high));
  const total = sum(shares);
  return shares.map((share) => share / total);
}

function scaled(fair: readonly number[], factors: readonly number[], scale: number): number[] {
  return fair.map((part, index) => {
    const factor = scale * (factors[index] as number);
    return part * Math.min(MAX_OF_FAIR, Math.max(MIN_OF_FAIR, factor));
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
