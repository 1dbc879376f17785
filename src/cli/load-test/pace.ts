/** When users begin and when iterations are due. Pure: times are milliseconds since the test began. */

/** When the user of this number (from 0) of `users` begins: spread evenly over the ramp. */
export function userStartMs(number: number, users: number, rampMs: number): number {
  return (rampMs * number) / users;
}

/**
 * When the iteration of this number (from 0) is due, if `ratePerS` of them are due each second after a ramp during which the rate
 * grows evenly from 0.
 */
export function arrivalMs(number: number, ratePerS: number, rampMs: number): number {
  const perMs = ratePerS / 1000;
  // The area under the ramp: so many are due within it.
  const withinRamp = (perMs * rampMs) / 2;
  return number < withinRamp ? Math.sqrt((2 * rampMs * number) / perMs) : rampMs + (number - withinRamp) / perMs;
}

/** A time between the two, evenly. */
export function thinkMs([least, most]: readonly [number, number], random: () => number): number {
  return least + (most - least) * random();
}

/** The source address of a user: those of loopback all reach the same server, and each has 28,000 ports of its own. */
export function sourceAddress(number: number, sources: number): string | undefined {
  return sources <= 1 ? undefined : `127.0.0.${2 + (number % sources)}`;
}
