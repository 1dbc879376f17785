const FIRST_DELAY_MS = 25;
/** A restarted Redis is found again within this and its half; messages must come again within 2 s. */
const LAST_DELAY_MS = 400;
const JITTER = 0.5;

/**
 * Milliseconds to wait before trying to connect for the `attempt`th time (from 1): doubling from 25 to 400, with up to a half more at random,
 * so that a hundred workers don't come back to a restarted Redis in one moment.
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  const base = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(base * (1 + JITTER * random));
}
