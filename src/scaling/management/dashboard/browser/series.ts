/** What the charts draw: one point a second, thinned as it ages. */

export interface Point {
  readonly atMs: number;
  readonly rate: number | null;
  readonly errors: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly desired: number | null;
  readonly ready: number | null;
}

export type Field = Exclude<keyof Point, 'atMs'>;

/** Up to this age every second is kept, beyond it every tenth, up to a day. */
const FINE_MS = 900_000;
const COARSE_STEP_MS = 10_000;
const KEPT_MS = 86_400_000;

/** With a point added; one that is not later than the last replaces it. */
export function withPoint(points: readonly Point[], point: Point): readonly Point[] {
  const last = points.at(-1);
  const kept = last !== undefined && point.atMs - last.atMs < 500 ? points.slice(0, -1) : points;
  return thinned([...kept, point], point.atMs);
}

export function pointsSince(points: readonly Point[], fromMs: number): readonly Point[] {
  // One more than asked for, so that a line enters the chart from its edge.
  const first = points.findIndex(({ atMs }) => atMs >= fromMs);
  return first < 0 ? points.slice(-1) : points.slice(Math.max(0, first - 1));
}

export function highest(points: readonly Point[], fields: readonly Field[]): number {
  return points.reduce((top, point) => Math.max(top, ...fields.map((field) => point[field] ?? 0)), 0);
}

/** Looks at the two ends alone: each point crosses from fine to coarse once. */
function thinned(points: readonly Point[], nowMs: number): readonly Point[] {
  const edge = points.findIndex(({ atMs }) => atMs > nowMs - FINE_MS);
  const crossing = points[edge - 1];
  const before = points[edge - 2];
  const crowded = crossing !== undefined && before !== undefined && crossing.atMs - before.atMs < COARSE_STEP_MS;
  const spaced = crowded ? points.toSpliced(edge - 1, 1) : points;
  const oldest = spaced[0];
  return oldest !== undefined && oldest.atMs < nowMs - KEPT_MS ? spaced.slice(1) : spaced;
}
