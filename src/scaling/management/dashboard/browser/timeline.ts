/** Traffic, latency and workers over the same time, one above the other, with every decision under them. */
import { niceTop, timeTicks, wholeTop } from './chart-scale.ts';
import type { Decision } from './decision-marks.ts';
import { byId, drawWhenChanged, make, setText } from './element.ts';
import { showClock, showCount, showMs, showSpan } from './figures.ts';
import { MarkLane } from './mark-lane.ts';
import { type Point, pointsSince } from './series.ts';
import { type ChartSpec, TimeChart } from './time-chart.ts';

const MINUTE_MS = 60_000;
const DESCRIBED_EVERY_MS = 15_000;
const NARROW_PX = 500;

/** As far back as was asked for, and no further than is known; a minute at least. */
function shownSpanMs(points: readonly Point[], nowMs: number, askedMs: number): number {
  return Math.min(askedMs, Math.max(MINUTE_MS, nowMs - (points[0]?.atMs ?? nowMs)));
}

const TRAFFIC: ChartSpec = {
  title: 'Requests per second',
  lines: [
    { field: 'rate', label: 'completed', className: 'c1', filled: true },
    { field: 'errors', label: 'failed', className: 'c4' },
  ],
  top: (highest) => niceTop(highest, 1),
  show: showCount,
};

const LATENCY: ChartSpec = {
  title: 'Latency',
  lines: [
    { field: 'p50', label: 'p50', className: 'c1' },
    { field: 'p95', label: 'p95', className: 'c2' },
    { field: 'p99', label: 'p99', className: 'c3' },
  ],
  top: (highest) => niceTop(highest, 1),
  show: showMs,
};

const WORKERS: ChartSpec = {
  title: 'Workers',
  lines: [
    { field: 'desired', label: 'desired', className: 'c2 dashed' },
    { field: 'ready', label: 'ready', className: 'c1', filled: true },
  ],
  steps: true,
  top: wholeTop,
  show: showCount,
};

export class Timeline {
  readonly #charts: readonly TimeChart[];
  readonly #workers: TimeChart;
  readonly #lane: MarkLane;
  #spanMs = 5 * MINUTE_MS;
  #describedAtMs = 0;

  /** @param onSpan the reader wants to see so far back */
  constructor(onOpen: (decision: Decision) => void, onSpan: (spanMs: number) => void) {
    const point = (atMs: number | null): void => {
      for (const chart of this.#charts) chart.point(atMs);
      setText(byId('cursor-time'), atMs === null ? '' : showClock(atMs));
    };
    this.#workers = new TimeChart(byId('chart-workers'), WORKERS, point);
    this.#charts = [
      new TimeChart(byId('chart-traffic'), TRAFFIC, point),
      new TimeChart(byId('chart-latency'), LATENCY, point),
      this.#workers,
    ];
    this.#lane = new MarkLane(byId('marks'), onOpen);
    const range = byId('range');
    range.onchange = () => {
      this.#spanMs = Number(range.value) * MINUTE_MS;
      this.#describedAtMs = 0;
      onSpan(this.#spanMs);
    };
  }

  get spanMs(): number {
    return this.#spanMs;
  }

  draw(points: readonly Point[], decisions: readonly Decision[], nowMs: number): void {
    const fromMs = nowMs - shownSpanMs(points, nowMs, this.#spanMs);
    const shown = pointsSince(points, fromMs);
    const acted = decisions.filter(({ action, atMs }) => action !== 'hold' && atMs >= fromMs);
    for (const chart of this.#charts) {
      chart.draw(shown, fromMs, nowMs, chart === this.#workers ? acted.map(({ atMs }) => atMs) : []);
    }
    this.#lane.draw(decisions, fromMs, nowMs);
    this.#drawAxis(fromMs, nowMs);
    if (nowMs - this.#describedAtMs < DESCRIBED_EVERY_MS) return;
    this.#describedAtMs = nowMs;
    const span = showSpan(nowMs - fromMs);
    for (const chart of this.#charts) chart.describe(`last ${span}`);
  }

  #drawAxis(fromMs: number, nowMs: number): void {
    const axis = byId('time-axis');
    const ticks = timeTicks(fromMs, nowMs, axis.clientWidth < NARROW_PX ? 4 : 8);
    const withSeconds = nowMs - fromMs < 4 * MINUTE_MS;
    drawWhenChanged(axis, [ticks, withSeconds], () =>
      ticks.map((atMs) => make('span', '', showClock(atMs).slice(0, withSeconds ? 8 : 5))),
    );
    // Only their places move.
    for (const [index, atMs] of ticks.entries()) {
      axis.children[index]?.style.setProperty('--at', ((atMs - fromMs) / (nowMs - fromMs)).toFixed(4));
    }
  }
}
