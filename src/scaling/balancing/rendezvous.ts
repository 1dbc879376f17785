import { mix32 } from './hash.ts';

/** 2³² divided by the golden ratio: spreads small slot numbers over all bits (Knuth's multiplicative hashing). */
const GOLDEN = 0x9e3779b1;

/**
 * What a slot bids for a key: the lowest bid wins the key. Rendezvous hashing (Thaler and Ravishankar, "Using name-based mappings
 * to increase hit rates", 1998) with weights by the logarithmic method (Schindelhauer and Schomaker, "Weighted distributed hash
 * tables", 2005): bids are exponential variates of rate `weight`, so a slot wins in exact proportion to its weight. A slot's bid
 * depends on nothing but itself, hence no key moves between slots that stay.
 */
export function rendezvousBid(keyHash: number, slot: number, weight: number): number {
  const uniform = (mix32(keyHash ^ Math.imul(slot + 1, GOLDEN)) + 0.5) / 2 ** 32;
  return -Math.log(uniform) / weight;
}
