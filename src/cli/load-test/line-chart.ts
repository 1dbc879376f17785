/** Lines over time as SVG. */
import type { Moment } from './result.ts';

export interface Line {
  readonly name: string;
  readonly className: string;
  readonly value: (moment: Moment) => number;
}

const WIDTH = 1000;
const HEIGHT = 180;
const LEFT = 60;
const BOTTOM = 22;

/** @param unit of the values, for the axis */
export function lineChart(unit: string, course: readonly Moment[], lines: readonly Line[]): string {
  const lastS = course.at(-1)?.atS ?? 1;
  const values = course.flatMap((moment) => lines.map(({ value }) => value(moment)));
  const most = Math.max(1, ...values);
  const x = (atS: number): number => LEFT + (atS / lastS) * (WIDTH - LEFT - 10);
  const y = (value: number): number => 10 + (1 - value / most) * (HEIGHT - BOTTOM - 10);
  const grid = [0, 0.5, 1].map((part) => {
    const at = y(part * most).toFixed(1);
    return `<line class="axis" x1="${LEFT}" x2="${WIDTH - 10}" y1="${at}" y2="${at}"/><text x="${LEFT - 6}" y="${at}" text-anchor="end" dominant-baseline="middle">${label(part * most)}</text>`;
  });
  const drawn = lines.map(({ className, value }) => {
    const points = course.map((moment) => `${x(moment.atS).toFixed(1)},${y(value(moment)).toFixed(1)}`);
    return `<polyline class="${className}" points="${points.join(' ')}"/>`;
  });
  const keys = lines.map(
    ({ name, className }, index) =>
      `<line class="${className}" x1="${LEFT + 8 + index * 150}" x2="${LEFT + 28 + index * 150}" y1="${HEIGHT - 6}" y2="${HEIGHT - 6}"/><text x="${LEFT + 34 + index * 150}" y="${HEIGHT - 2}">${name}</text>`,
  );
  const end = `<text x="${WIDTH - 10}" y="${HEIGHT - 2}" text-anchor="end">${lastS.toFixed(0)} s</text>`;
  const title = `${lines.map(({ name }) => name).join(', ')} (${unit}) over ${lastS.toFixed(0)} seconds`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${[...grid, ...drawn, ...keys, end].join('')}</svg>`;
}

function label(value: number): string {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
}
