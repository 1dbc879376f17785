/** How much longer than the policy says the window is, because load has been coming back. */
export interface WindowStretch {
  /** 1 and more. */
  readonly factor: number;
  readonly atMs: number;
  /** The last scale-down; null: none. */
  readonly downAtMs: number | null;
}

export const NO_STRETCH: WindowStretch = { factor: 1, atMs: 0, downAtMs: null };

const STRETCH = 1.25;
const LONGEST = 4;
/** The surplus is halved in this many windows. */
const HALF_LIFE_WINDOWS = 10;

/**
 * Decays with time; a scale-up within the window after a scale-down lengthens it by 25 %: that scale-down was too early.
 * (uWSGI's busyness plugin lengthens its own interval in the same case.)
 */
export function nextStretch(
  before: WindowStretch,
  moved: 'up' | 'down' | null,
  windowMs: number,
  nowMs: number,
): WindowStretch {
  const factor = stretchAt(before, windowMs, nowMs);
  if (moved === 'down') return { factor, atMs: nowMs, downAtMs: nowMs };
  const regretted = moved === 'up' && before.downAtMs !== null && nowMs - before.downAtMs <= windowMs * factor;
  if (!regretted) return { ...before, factor, atMs: nowMs };
  return { factor: Math.min(LONGEST, factor * STRETCH), atMs: nowMs, downAtMs: null };
}

function stretchAt({ factor, atMs }: WindowStretch, windowMs: number, nowMs: number): number {
  if (factor === 1 || windowMs === 0) return 1;
  const surplus = (factor - 1) * 0.5 ** ((nowMs - atMs) / (HALF_LIFE_WINDOWS * windowMs));
  return surplus < 0.01 ? 1 : 1 + surplus;
}

/** The window's present length. */
export function stretchedMs(stretch: WindowStretch, windowMs: number): number {
  return Math.round(windowMs * stretch.factor);
}
