/** What the server has recorded, for the time that this page has not watched. */
import type { Point } from './series.ts';

/** The body of GET /metrics/history; without series when nothing is recorded. */
export interface RecordedBody {
  readonly fromMs?: number;
  readonly stepMs?: number;
  readonly series?: Readonly<Record<string, readonly (number | null)[]>>;
}

const NAMES = [
  ['requestsPerSecond', 'rate'],
  ['errorsPerSecond', 'errors'],
  ['latencyP50Ms', 'p50'],
  ['latencyP95Ms', 'p95'],
  ['latencyP99Ms', 'p99'],
  ['desired', 'desired'],
  ['ready', 'ready'],
] as const;

export function recordedPath(spanMs: number): string {
  return `metrics/history?from=-${Math.ceil(spanMs / 1_000)}s&series=${NAMES.map(([name]) => name).join()}`;
}

/** Moments of which the server knows nothing are no points. */
export function recordedPoints({ fromMs = 0, stepMs = 0, series = {} }: RecordedBody): readonly Point[] {
  const length = Math.max(0, ...NAMES.map(([name]) => series[name]?.length ?? 0));
  const points = Array.from({ length }, (_, index) => {
    const values = NAMES.map(([name, field]) => [field, series[name]?.[index] ?? null] as const);
    return { atMs: fromMs + index * stepMs, ...Object.fromEntries(values) } as Point;
  });
  return points.filter(({ desired }) => desired !== null);
}

/** What was seen, and where that has gaps, what was recorded. */
export function withRecorded(seen: readonly Point[], recorded: readonly Point[], stepMs: number): readonly Point[] {
  const stepOf = ({ atMs }: Point): number => Math.floor(atMs / Math.max(1_000, stepMs));
  const known = new Set(seen.map(stepOf));
  const missing = recorded.filter((point) => !known.has(stepOf(point)));
  return [...missing, ...seen].sort((a, b) => a.atMs - b.atMs);
}
