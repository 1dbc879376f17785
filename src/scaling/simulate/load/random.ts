/** Seeded randomness: the same seed gives the same numbers on every machine. */

/** Uniform in [0, 1). */
export type Random = () => number;

/**
 * Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, enough for the few million draws of one run.
 * @param seed any whole number; only its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A seed of its own for each purpose, so that one more draw for one thing changes nothing else (common random numbers). */
export function seedOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of parts.join('/')) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

/** Standard normal (Box and Muller, 1958; one of the pair). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * Draws from a lognormal distribution.
 * @param mean its mean, in any unit
 * @param variation its coefficient of variation (standard deviation ÷ mean); 0 gives the mean each time
 */
export function lognormal(random: Random, mean: number, variation: number): () => number {
  if (variation === 0) return () => mean;
  const sigma = Math.sqrt(Math.log(1 + variation * variation));
  const mu = Math.log(mean) - (sigma * sigma) / 2;
  return () => Math.exp(mu + sigma * normal(random));
}
