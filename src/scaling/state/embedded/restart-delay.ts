const FIRST_MS = 50;
const MOST_MS = 5000;
/** A process that has lived this long was sound: its death starts a new count. */
const SOUND_MS = 60_000;

/** How many deaths in a row there are now, after one that came `livedMs` after the start. */
export function deathsInARow(before: number, livedMs: number): number {
  return livedMs >= SOUND_MS ? 1 : before + 1;
}

/** How long to wait before the next start: 50 ms, doubling with every death in a row up to 5 s. */
export function restartDelayMs(deaths: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** Math.max(0, deaths - 1));
}
