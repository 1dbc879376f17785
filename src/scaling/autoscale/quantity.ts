/** Numbers and durations as people read them, without a locale, so that the same inputs give the same bytes. */

/** At most three decimals: enough to compare with a threshold, and stable in a record. */
export function rounded(value: number): number {
  const thousandths = Math.round(value * 1000) / 1000;
  return Object.is(thousandths, -0) ? 0 : thousandths;
}

/** `86.2 %`, `120 ms`, `3`; at most two decimals. */
export function quantity(value: number, unit: string): string {
  const text = String(Math.round(value * 100) / 100);
  return unit === '' ? text : `${text} ${unit}`;
}

/** `0.4 s`, `85 s`, `12 min`, `5 h`, rounded up so that a wait is never told too short. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms / 100) / 10} s`;
  if (ms <= 600_000) return `${Math.ceil(ms / 1_000)} s`;
  if (ms <= 14_400_000) return `${Math.ceil(ms / 60_000)} min`;
  return `${Math.ceil(ms / 3_600_000)} h`;
}

/** `1 worker`, `3 workers`. */
export function workers(count: number): string {
  return `${count} worker${count === 1 ? '' : 's'}`;
}
