import type { Candidate, PickContext } from './policy.ts';

/**
 * Draws two different candidates by weight and returns the one of lower cost; on a tie the first drawn, which is fair by weight.
 * The power of two choices (Mitzenmacher, IEEE TPDS 12(10), 2001): nearly as even as the minimum of all, and without the herd that
 * the minimum attracts while figures are old ("How Useful Is Old Information?", IEEE TPDS 11(1), 2000).
 */
export function betterOfTwo(
  pool: readonly Candidate[],
  context: PickContext,
  cost: (candidate: Candidate, nowMs: number) => number,
): Candidate | undefined {
  if (pool.length < 2) return pool[0];
  const first = drawByWeight(pool, context.random, undefined);
  const second = drawByWeight(pool, context.random, first);
  return cost(second, context.nowMs) < cost(first, context.nowMs) ? second : first;
}

function drawByWeight(pool: readonly Candidate[], random: () => number, except: Candidate | undefined): Candidate {
  let sum = 0;
  for (const candidate of pool) if (candidate !== except) sum += candidate.weight;
  let left = random() * sum;
  let drawn: Candidate | undefined;
  for (const candidate of pool) {
    if (candidate === except) continue;
    drawn = candidate;
    left -= candidate.weight;
    if (left < 0) break;
  }
  // Rounding may leave a trace of the sum over: then it is the last one.
  return drawn as Candidate;
}
