/** SVG paths of a series in a box of pixels; gaps where a value is missing. */
import type { Field, Point } from './series.ts';

export interface Frame {
  readonly fromMs: number;
  readonly toMs: number;
  readonly width: number;
  readonly height: number;
  /** The value at the upper edge. */
  readonly top: number;
}

/** Values are missing when the next point is so many times further away than the steps beside it. */
const GAP_STEPS = 4;
/** Closer points never have a gap between them. */
const LEAST_GAP_MS = 10_000;

export function xOf(frame: Frame, atMs: number): number {
  return round(((atMs - frame.fromMs) * frame.width) / (frame.toMs - frame.fromMs));
}

function yOf(frame: Frame, value: number): number {
  return round(frame.height - (Math.min(value, frame.top) * frame.height) / frame.top);
}

/** One line. With `steps` a value holds until the next and to the right edge. */
export function linePath(points: readonly Point[], field: Field, frame: Frame, steps = false): string {
  return runsOf(points, field, frame)
    .map((run) => pathOf(run, frame, steps))
    .join('');
}

/** The tint between a line and the ground. */
export function areaPath(points: readonly Point[], field: Field, frame: Frame, steps = false): string {
  return runsOf(points, field, frame)
    .map((run) => {
      const right = steps ? rightEdge(run, frame) : (run.at(-1) as Spot).x;
      return `${pathOf(run, frame, steps)}L${right} ${frame.height}L${(run[0] as Spot).x} ${frame.height}Z`;
    })
    .join('');
}

interface Spot {
  readonly x: number;
  readonly value: number;
  readonly atMs: number;
}

/** Stretches without a gap; where several points fall on one pixel the highest stands for them. */
function runsOf(points: readonly Point[], field: Field, frame: Frame): Spot[][] {
  const runs: Spot[][] = [];
  let run: Spot[] = [];
  for (const [index, point] of points.entries()) {
    const value = point[field];
    if (value === null || isAfterGap(points, index)) run = [];
    if (value === null) continue;
    const x = xOf(frame, point.atMs);
    if (run.length === 0) runs.push(run);
    const previous = run.at(-1);
    if (run.length > 1 && previous !== undefined && x - previous.x < 1) {
      run[run.length - 1] = { x: previous.x, value: Math.max(previous.value, value), atMs: point.atMs };
    } else run.push({ x, value, atMs: point.atMs });
  }
  return runs;
}

/** Old points are further apart than new ones, so each step is held against its neighbours. */
function isAfterGap(points: readonly Point[], index: number): boolean {
  const stepTo = (at: number): number => (points[at]?.atMs ?? Number.NaN) - (points[at - 1]?.atMs ?? Number.NaN);
  const neighbours = [stepTo(index - 1), stepTo(index + 1)].filter((step) => !Number.isNaN(step));
  const usualMs = neighbours.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...neighbours);
  return stepTo(index) > Math.max(LEAST_GAP_MS, GAP_STEPS * usualMs);
}

function pathOf(run: readonly Spot[], frame: Frame, steps: boolean): string {
  let path = '';
  for (const [index, { x, value }] of run.entries()) {
    const y = yOf(frame, value);
    if (index === 0) path += `M${x} ${y}`;
    else path += steps ? `H${x}V${y}` : `L${x} ${y}`;
  }
  return steps ? `${path}H${rightEdge(run, frame)}` : path;
}

/** The latest value holds to the edge; one before a gap holds a moment. */
function rightEdge(run: readonly Spot[], frame: Frame): number {
  const { x, atMs } = run.at(-1) as Spot;
  return frame.toMs - atMs < 5_000 ? frame.width : x;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
