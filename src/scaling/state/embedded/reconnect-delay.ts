const FIRST_MS = 10;
const MOST_MS = 100;

/** How long to wait before try `attempt` (from 0): doubling from 10 ms to 100 ms, less up to half of it at random (0..1). */
export function reconnectDelayMs(attempt: number, random: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** attempt) * (1 - random / 2);
}
