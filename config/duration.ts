/** Durations as people write them: `90s`, `30m`, `2h`, `1h30m`, `500ms`. */

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
type Unit = keyof typeof UNIT_MS;
const UNITS_DESCENDING: readonly Unit[] = ['d', 'h', 'm', 's', 'ms'];

/** The longest duration: 365 days. */
export const MAX_DURATION_MS = 365 * UNIT_MS.d;

/** What is allowed, in words, for messages and help texts. */
export const DURATION_ALLOWED = 'a duration such as 500ms, 90s, 2h or 1h30m (1ms to 365d)';
export const HOLD_ALLOWED = `${DURATION_ALLOWED}, a whole number of milliseconds, or forever`;

/** A text that is no duration; the message says what was given and what is allowed. */
export class DurationError extends RangeError {
  readonly code = 'INVALID_DURATION';

  constructor(given: string | number, allowed: string) {
    super(`${JSON.stringify(given)} is no duration: allowed is ${allowed}`);
    this.name = 'DurationError';
  }
}

/**
 * Milliseconds of a duration text. Units d, h, m, s, ms, each at most once, the largest first; decimals are fine (`1.5h`).
 * @throws DurationError for anything else, a number without a unit included: nobody can tell whether 90 means seconds.
 */
export function parseDurationMs(text: string): number {
  const durationMs = milliseconds(text);
  if (durationMs === undefined) throw new DurationError(text, DURATION_ALLOWED);
  return durationMs;
}

/**
 * How long a manual scaling is held: a duration text, a number of milliseconds, or `forever` (null).
 * @throws DurationError
 */
export function parseHoldMs(given: string | number): number | null {
  if (typeof given === 'string' && given.trim().toLowerCase() === 'forever') return null;
  const durationMs = typeof given === 'string' ? milliseconds(given) : within(given);
  if (durationMs === undefined) throw new DurationError(given, HOLD_ALLOWED);
  return durationMs;
}

/** For people: the two largest units that are not zero, rounded down: 3,725,000 → `1h 2m`, 950 → `950ms`, 0 → `0s`. */
export function formatDuration(durationMs: number): string {
  let restMs = Math.max(0, Math.floor(durationMs));
  if (restMs === 0) return '0s';
  const parts: string[] = [];
  for (const unit of UNITS_DESCENDING) {
    const count = Math.floor(restMs / UNIT_MS[unit]);
    restMs -= count * UNIT_MS[unit];
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
    // Beside seconds nobody cares for milliseconds.
    if (parts.length === 2 || (unit === 's' && parts.length > 0)) break;
  }
  return parts.join(' ');
}

function milliseconds(text: string): number | undefined {
  let rest = text.trim().toLowerCase();
  let totalMs = 0;
  let smallest = -1;
  if (rest === '') return undefined;
  while (rest !== '') {
    const part = /^(\d{1,12}(?:\.\d{1,6})?)(ms|[dhms])/.exec(rest);
    if (part === null) return undefined;
    const unit = part[2] as Unit;
    const rank = UNITS_DESCENDING.indexOf(unit);
    if (rank <= smallest) return undefined;
    smallest = rank;
    totalMs += Number(part[1]) * UNIT_MS[unit];
    rest = rest.slice(part[0].length);
  }
  return within(Math.round(totalMs));
}

function within(durationMs: number): number | undefined {
  return Number.isInteger(durationMs) && durationMs >= 1 && durationMs <= MAX_DURATION_MS ? durationMs : undefined;
}
