/** Durations as people write them: `90s`, `2h`, `1h30m`, `500ms`. Depends on nothing, so that the CLI reads them the same way. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** The longest duration: 365 days. */
export const MAX_DURATION_MS = 31_536_000_000;

/** What is allowed, in words, for messages and help texts. */
export const DURATION_ALLOWED = 'a duration such as 500ms, 90s, 2h or 1h30m (1ms to 365d)';
export const HOLD_ALLOWED = `${DURATION_ALLOWED}, a whole number of milliseconds, or forever`;

/** A text or number that is no duration; the message says what was given and what is allowed. */
export class DurationError extends RangeError {
  readonly code = 'INVALID_DURATION';

  constructor(given: unknown, allowed: string) {
    super(`${JSON.stringify(given) ?? String(given)} is no duration: allowed is ${allowed}`);
    this.name = 'DurationError';
  }
}

/**
 * Milliseconds of a duration text. Units d, h, m, s, ms, each at most once, the largest first; decimals are fine (`1.5h`).
 * @throws DurationError for anything else, a number without a unit included: nobody knows whether 90 means seconds or milliseconds.
 */
export function parseDurationMs(text: string): number {
  const parts =
    /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/.exec(
      text.trim().toLowerCase(),
    );
  const totalMs = UNITS.reduce((sum, [, unitMs], index) => sum + Number(parts?.[index + 1] ?? 0) * unitMs, 0);
  return checked(Math.round(totalMs), text, DURATION_ALLOWED);
}

/**
 * How long something is held: a duration text, a number of milliseconds, or `forever` (null).
 * @throws DurationError
 */
export function parseHoldMs(value: string | number): number | null {
  if (typeof value === 'number') return checked(value, value, HOLD_ALLOWED);
  if (value.trim().toLowerCase() === 'forever') return null;
  try {
    return parseDurationMs(value);
  } catch {
    throw new DurationError(value, HOLD_ALLOWED);
  }
}

/** The text that `parseDurationMs` reads back as `durationMs` (a whole number of at least 1): 5400000 → `1h30m`. */
export function formatDuration(durationMs: number): string {
  let restMs = durationMs;
  let text = '';
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(restMs / unitMs);
    if (count > 0) text += `${count}${unit}`;
    restMs -= count * unitMs;
  }
  return text === '' ? '0ms' : text;
}

function checked(durationMs: number, given: string | number, allowed: string): number {
  if (!Number.isInteger(durationMs) || durationMs < 1 || durationMs > MAX_DURATION_MS) {
    throw new DurationError(given, allowed);
  }
  return durationMs;
}
