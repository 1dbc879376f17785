/** Counting primes: work that takes a processor for seconds. */

export interface PrimeCount {
  readonly count: number;
  /** 0: there is none. */
  readonly largest: number;
}

/** Numbers tried between two steps: a few milliseconds of work. */
const STEP = 50_000;

/**
 * Counts the primes up to `upTo`, yielding how far it is (0 to 1) after every few milliseconds. By trial division, on purpose: a sieve
 * would be done before anybody saw its progress, and this stands for work that has no such shortcut.
 */
export function* countPrimes(upTo: number): Generator<number, PrimeCount, void> {
  const divisors = smallPrimes(Math.floor(Math.sqrt(upTo)));
  let count = upTo >= 2 ? 1 : 0;
  let largest = upTo >= 2 ? 2 : 0;
  for (let from = 3; from <= upTo; from += STEP) {
    const to = Math.min(upTo, from + STEP - 1);
    for (let candidate = from | 1; candidate <= to; candidate += 2) {
      if (!isPrime(candidate, divisors)) continue;
      count += 1;
      largest = candidate;
    }
    yield to / upTo;
  }
  return { count, largest };
}

function isPrime(candidate: number, divisors: readonly number[]): boolean {
  for (const divisor of divisors) {
    if (divisor * divisor > candidate) return true;
    if (candidate % divisor === 0) return false;
  }
  return true;
}

/** The odd primes up to `upTo`. */
function smallPrimes(upTo: number): readonly number[] {
  const primes: number[] = [];
  for (let candidate = 3; candidate <= upTo; candidate += 2) if (isPrime(candidate, primes)) primes.push(candidate);
  return primes;
}
