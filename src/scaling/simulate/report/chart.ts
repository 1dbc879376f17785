import type { RunPicture } from '../results/picture.ts';

const WIDTH = 920;
const LOAD_HEIGHT = 190;
const BAD_HEIGHT = 34;
const LEFT = 34;
const TOP = 8;
/** Points a line has at most: one for each two pixels. */
const MAX_POINTS = 440;

/**
 * The picture of one run as an SVG: offered load and the workers ready for it, which share their scale (one erlang keeps one event loop
 * busy), the share of violations below, and a mark for each decision that tells its reason on hover.
 */
export function chart(picture: RunPicture): string {
  const { erlangs, ready, desired, bad, changes } = picture;
  const seconds = erlangs.length;
  const top = Math.max(1, ...ready, ...desired, ...erlangs.map(Math.ceil));
  const x = (second: number): number => round(LEFT + ((WIDTH - LEFT) * second) / seconds);
  const y = (workers: number): number => round(TOP + LOAD_HEIGHT * (1 - workers / top));
  const height = TOP + LOAD_HEIGHT + BAD_HEIGHT + 34;
  const badTop = TOP + LOAD_HEIGHT + 8;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeText(`${picture.contestant} on ${picture.workload}`)}">`,
    ...gridLines(top, y),
    `<path class="load" d="M${x(0)},${y(0)}L${points(erlangs, x, y)}L${x(seconds)},${y(0)}Z"/>`,
    `<path class="desired" d="M${steps(desired, x, y)}"/>`,
    `<path class="ready" d="M${steps(ready, x, y)}"/>`,
    ...changes.map(({ atS, before, after, reason }) => {
      const kind = after > before ? 'up' : 'down';
      const [cx, cy] = [x(atS), y(after)];
      const size =
        after > before
          ? `${cx - 4},${cy + 4} ${cx + 4},${cy + 4} ${cx},${cy - 4}`
          : `${cx - 4},${cy - 4} ${cx + 4},${cy - 4} ${cx},${cy + 4}`;
      return `<polygon class="${kind}" points="${size}"><title>${atS} s: ${before} → ${after}, ${escapeText(reason)}</title></polygon>`;
    }),
    `<rect class="bad-back" x="${LEFT}" y="${badTop}" width="${WIDTH - LEFT}" height="${BAD_HEIGHT}"/>`,
    badBars(bad, x, badTop),
    ...timeTicks(seconds, x, badTop + BAD_HEIGHT + 16),
    '</svg>',
  ].join('');
}

function gridLines(top: number, y: (workers: number) => number): readonly string[] {
  const step = Math.max(1, Math.ceil(top / 5));
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step).map(
    (workers) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${y(workers)}" y2="${y(workers)}"/><text x="${LEFT - 6}" y="${y(workers) + 4}" text-anchor="end">${workers}</text>`,
  );
}

/** The mean of each few seconds: the picture shows the course, the figures the details. */
function points(values: readonly number[], x: (second: number) => number, y: (value: number) => number): string {
  const each = Math.max(1, Math.ceil(values.length / MAX_POINTS));
  const parts: string[] = [];
  for (let from = 0; from < values.length; from += each) {
    const part = values.slice(from, from + each);
    parts.push(`${x(from)},${y(part.reduce((sum, value) => sum + value, 0) / part.length)}`);
  }
  return parts.join(' ');
}

function steps(values: readonly number[], x: (second: number) => number, y: (value: number) => number): string {
  const parts = [`${x(0)},${y(values[0] ?? 0)}`];
  for (const [second, value] of values.entries()) {
    if (second > 0 && value !== values[second - 1])
      parts.push(`${x(second)},${y(values[second - 1] as number)} ${x(second)},${y(value)}`);
  }
  return [...parts, `${x(values.length)},${y(values.at(-1) ?? 0)}`].join(' ');
}

function badBars(bad: readonly number[], x: (second: number) => number, top: number): string {
  const bars = bad.flatMap((share, second) => {
    if (share < 0.01) return [];
    const height = Math.max(2, round(share * BAD_HEIGHT));
    return `M${x(second)},${top + BAD_HEIGHT}v${-height}`;
  });
  return bars.length === 0 ? '' : `<path class="bad" d="${bars.join('')}"/>`;
}

function timeTicks(seconds: number, x: (second: number) => number, y: number): readonly string[] {
  const step = [60, 120, 300, 600].find((each) => seconds / each <= 8) ?? 1_200;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step).map(
    (second) =>
      `<text x="${x(second)}" y="${y}" text-anchor="${second === 0 ? 'start' : second >= seconds ? 'end' : 'middle'}">${second} s</text>`,
  );
}

const round = (value: number): number => Number(value.toFixed(1));

/** Safe in HTML text and in attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
