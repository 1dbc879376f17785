/** One chart over time: lines on a grid, with a legend that tells the value under the cursor, or else the latest. */
import { areaPath, type Frame, linePath, xOf } from './chart-path.ts';
import { type PageElement, page } from './dom.ts';
import { make, makeSvg, setAttribute, setText } from './element.ts';
import { type Field, highest, type Point } from './series.ts';

export interface ChartLine {
  readonly field: Field;
  readonly label: string;
  /** Also of its colour. */
  readonly className: string;
  readonly filled?: boolean;
}

export interface ChartSpec {
  readonly title: string;
  /** The first is drawn on top. */
  readonly lines: readonly ChartLine[];
  readonly steps?: boolean;
  top(highest: number): number;
  show(value: number | null): string;
}

const HEIGHT = 128;

export class TimeChart {
  readonly #spec: ChartSpec;
  readonly #svg: PageElement;
  readonly #lines: {
    readonly line: ChartLine;
    readonly path: PageElement;
    readonly area: PageElement;
    readonly value: PageElement;
  }[];
  readonly #cursor = makeSvg('path', { class: 'cursor' });
  readonly #marks = makeSvg('path', { class: 'marks' });
  readonly #top = make('span', 'tick top');
  readonly #middle = make('span', 'tick middle');
  #frame: Frame = { fromMs: 0, toMs: 1, width: 600, height: HEIGHT, top: 1 };
  #points: readonly Point[] = [];
  #cursorMs: number | null = null;

  /** @param onCursor told of the moment under the pointer; null: it has left */
  constructor(host: PageElement, spec: ChartSpec, onCursor: (atMs: number | null) => void) {
    this.#spec = spec;
    this.#lines = spec.lines.map((line) => ({
      line,
      path: makeSvg('path', { class: `line ${line.className}` }),
      area: makeSvg('path', { class: `area ${line.className}` }),
      value: make('b'),
    }));
    const grid = makeSvg('path', { class: 'grid', d: `M0 .5H9999M0 ${HEIGHT / 2}H9999M0 ${HEIGHT - 0.5}H9999` });
    const areas = this.#lines.filter(({ line }) => line.filled).map(({ area }) => area);
    const paths = this.#lines.toReversed().map(({ path }) => path);
    this.#svg = makeSvg('svg', { class: 'chart', role: 'img' }, grid, ...areas, this.#marks, ...paths, this.#cursor);
    const legend = this.#lines.map(({ line, value }) => make('li', line.className, make('i'), line.label, ' ', value));
    const plot = make('div', 'plot', this.#svg, this.#top, this.#middle);
    host.append(make('div', 'chart-head', make('h3', '', spec.title), make('ul', 'legend', ...legend)), plot);
    plot.onpointermove = ({ clientX }) => {
      const { left, width } = plot.getBoundingClientRect();
      const { fromMs, toMs } = this.#frame;
      onCursor(fromMs + ((clientX - left) / width) * (toMs - fromMs));
    };
    plot.onpointerleave = () => onCursor(null);
    new page.ResizeObserver(() => {
      this.#frame = { ...this.#frame, width: Math.max(1, plot.clientWidth) };
      this.#drawLines();
    }).observe(plot);
  }

  /** @param markedMs moments with a line across the chart */
  draw(points: readonly Point[], fromMs: number, toMs: number, markedMs: readonly number[] = []): void {
    const fields = this.#spec.lines.map(({ field }) => field);
    const top = this.#spec.top(highest(points, fields));
    this.#points = points;
    this.#frame = { ...this.#frame, fromMs, toMs, top };
    setText(this.#top, this.#spec.show(top));
    setText(this.#middle, this.#spec.show(top / 2));
    setAttribute(this.#marks, 'd', markedMs.map((atMs) => `M${xOf(this.#frame, atMs)} 0V${HEIGHT}`).join(''));
    this.#drawLines();
    this.#drawCursor();
  }

  /** Shows the values of that moment. */
  point(cursorMs: number | null): void {
    this.#cursorMs = cursorMs;
    this.#drawCursor();
  }

  /** For those who can't see it; not with each second, for it would be read out. */
  describe(spanText: string): void {
    const latest = this.#points.at(-1);
    const figures = this.#spec.lines.map(({ field, label }) => {
      const top = this.#spec.show(highest(this.#points, [field]));
      return `${label} now ${this.#spec.show(latest?.[field] ?? null)}, at most ${top}`;
    });
    setAttribute(this.#svg, 'aria-label', `${this.#spec.title}, ${spanText}: ${figures.join('; ')}`);
  }

  #drawLines(): void {
    const { steps = false } = this.#spec;
    for (const { line, path, area } of this.#lines) {
      setAttribute(path, 'd', linePath(this.#points, line.field, this.#frame, steps));
      if (line.filled) setAttribute(area, 'd', areaPath(this.#points, line.field, this.#frame, steps));
    }
  }

  #drawCursor(): void {
    const cursorMs = this.#cursorMs;
    const at = cursorMs === null ? this.#points.at(-1) : this.#points.findLast(({ atMs }) => atMs <= cursorMs);
    for (const { line, value } of this.#lines) setText(value, this.#spec.show(at?.[line.field] ?? null));
    setAttribute(this.#cursor, 'd', cursorMs === null ? '' : `M${xOf(this.#frame, cursorMs)} 0V${HEIGHT}`);
  }
}
