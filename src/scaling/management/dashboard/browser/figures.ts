/** Figures as people read them. A dash stands for what is not known. */

const UNKNOWN = '–';

export function showCount(value: number | null): string {
  if (value === null) return UNKNOWN;
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}

export function showPercent(ratio: number | null, digits = 0): string {
  return ratio === null ? UNKNOWN : `${(ratio * 100).toFixed(digits)} %`;
}

export function showMs(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value >= 10_000) return `${(value / 1_000).toFixed(0)} s`;
  if (value >= 1_000) return `${(value / 1_000).toFixed(1)} s`;
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} ms`;
}

export function showBytes(bytes: number | null): string {
  if (bytes === null) return UNKNOWN;
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(0)} MB`;
}

export function showSpan(spanMs: number): string {
  const seconds = Math.max(0, Math.floor(spanMs / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor(seconds / 60) % 60} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor(seconds / 3_600) % 24} h`;
}

/** Of the reader's own day. */
export function showClock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB');
}

export function showWorkers(count: number): string {
  return count === 1 ? '1 worker' : `${count} workers`;
}
