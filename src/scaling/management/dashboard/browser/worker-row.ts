/** One row of the worker table. It is made once and then only changed where a figure has. */
import type { PageElement } from './dom.ts';
import { make, makeButton, makeSvg, setAttribute, setClass, setText } from './element.ts';
import { showBytes, showCount, showPercent } from './figures.ts';
import type { LiveWorker } from './live-state.ts';
import { markAllowed } from './permission.ts';
import { SPARK_BOX, sparkPath } from './sparkline.ts';
import { stateOf } from './worker-view.ts';

const BUSY_SHARE = 0.85;

/** What a row can have done. */
export interface WorkerOrders {
  /** Null: the reader may. */
  whyNot(): string | null;
  restartWorker(workerId: number): void;
}

export class WorkerRow {
  readonly element: PageElement;
  readonly #name: PageElement;
  readonly #state = make('span', 'state idle');
  readonly #elu = new Gauge();
  readonly #cpu = new Gauge();
  readonly #memory = new Gauge();
  readonly #connections = make('span');
  readonly #rate = make('span');
  readonly #line = makeSvg('path', {});
  readonly #restarts = make('span');

  readonly #restart: PageElement;
  readonly #orders: WorkerOrders;

  constructor(orders: WorkerOrders, onOpen: () => void, onRestart: () => void) {
    this.#orders = orders;
    this.#name = makeButton('link', '', onOpen);
    this.#restart = makeButton('small', 'Restart', onRestart);
    const spark = makeSvg(
      'svg',
      { class: 'spark', viewBox: SPARK_BOX, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      this.#line,
    );
    this.element = make(
      'tr',
      '',
      cell('Worker', this.#name, 'th'),
      cell('State', this.#state),
      cell('Event loop', this.#elu.element),
      cell('CPU', this.#cpu.element),
      cell('Memory', this.#memory.element),
      cell('Connections', this.#connections),
      cell('Requests/s', make('span', 'rate', spark, this.#rate)),
      cell('Restarts', this.#restarts),
      cell('', this.#restart),
    );
    this.element.onclick = ({ target }) => {
      if (target !== this.#name && target !== this.#restart) onOpen();
    };
  }

  update(worker: LiveWorker, rates: readonly number[], memoryLimitBytes: number, nowMs: number): void {
    const { word, tone } = stateOf(worker, nowMs);
    setText(this.#name, `#${worker.id}`);
    setAttribute(this.#name, 'aria-label', `Worker ${worker.id}, slot ${worker.slot}: details`);
    setText(this.#state, word);
    setClass(this.#state, `state ${tone}`);
    setClass(this.element, word === 'ready' ? '' : `is-${tone}`);
    this.#elu.show(worker.elu, showPercent(worker.elu));
    this.#cpu.show(worker.cpu, showPercent(worker.cpu));
    const { rssBytes } = worker;
    const share = rssBytes === null || memoryLimitBytes === 0 ? null : rssBytes / memoryLimitBytes;
    this.#memory.show(share, showBytes(rssBytes));
    setText(this.#connections, showCount(worker.connections));
    setText(this.#rate, showCount(worker.rate));
    setAttribute(this.#line, 'd', sparkPath(rates, 1));
    setText(this.#restarts, String(worker.restarts));
    setAttribute(this.#restart, 'aria-label', `Restart worker ${worker.id}`);
    const mayNot = this.#orders.whyNot();
    const isReady = worker.phase === 'ready';
    markAllowed(this.#restart, mayNot ?? (isReady ? null : `It is ${worker.phase}.`));
  }
}

/** A figure with a small bar; without a share, the figure alone. */
class Gauge {
  readonly element: PageElement;
  readonly #bar = make('i', 'gauge');
  readonly #text = make('span');

  constructor() {
    this.#bar.setAttribute('aria-hidden', 'true');
    this.element = make('span', 'gauged', this.#bar, this.#text);
  }

  show(share: number | null, text: string): void {
    setText(this.#text, text);
    setClass(this.#bar, share === null ? 'gauge none' : share >= BUSY_SHARE ? 'gauge hot' : 'gauge');
    const shown = Math.min(1, share ?? 0).toFixed(2);
    if (this.#bar.dataset.share === shown) return;
    this.#bar.dataset.share = shown;
    this.#bar.style.setProperty('--share', shown);
  }
}

function cell(label: string, content: PageElement, tag: 'td' | 'th' = 'td'): PageElement {
  const element = make(tag, '', content);
  if (tag === 'th') element.scope = 'row';
  element.dataset.label = label;
  return element;
}
