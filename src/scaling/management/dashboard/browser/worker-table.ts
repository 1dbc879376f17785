/** All workers. Rows out of sight are brought up to date now and then only: with hundreds of workers most are. */
import { type PageElement, page } from './dom.ts';
import { byId, setText } from './element.ts';
import { showWorkers } from './figures.ts';
import type { LiveState, LiveWorker } from './live-state.ts';
import type { WorkerHistory } from './worker-history.ts';
import { type WorkerOrders, WorkerRow } from './worker-row.ts';
import { type SortKey, sortWorkers } from './worker-view.ts';

/** One round in so many brings a row out of sight up to date. */
const OUT_OF_SIGHT_ROUNDS = 8;
/** Beyond so many, bars jump instead of gliding: each frame of a movement is drawn anew. */
const CALM_FROM = 40;

interface Shown {
  readonly row: WorkerRow;
  worker: LiveWorker;
  visible: boolean;
}

export class WorkerTable {
  readonly #body: PageElement;
  readonly #history: WorkerHistory;
  readonly #orders: WorkerOrders;
  readonly #onOpen: (workerId: number) => void;
  readonly #shown = new Map<number, Shown>();
  readonly #byElement = new Map<PageElement, Shown>();
  readonly #sight;
  #order = '';
  #round = 0;
  #sortKey: SortKey = 'slot';
  #onSort: () => void = () => {};

  constructor(history: WorkerHistory, orders: WorkerOrders, onOpen: (workerId: number) => void) {
    this.#body = byId('worker-rows');
    this.#history = history;
    this.#orders = orders;
    this.#onOpen = onOpen;
    this.#sight = new page.IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          const shown = this.#byElement.get(target);
          if (shown !== undefined) shown.visible = isIntersecting;
        }
      },
      { rootMargin: '100px' },
    );
    const sort = byId('sort');
    sort.onchange = () => {
      this.#sortKey = sort.value as SortKey;
      this.#onSort();
    };
  }

  draw({ workers, cluster }: LiveState, nowMs: number): void {
    if (cluster === null) return;
    this.#round += 1;
    this.#forgetGone(workers);
    for (const worker of workers.values()) {
      const shown = this.#shown.get(worker.id) ?? this.#add(worker);
      const due =
        shown.visible || (this.#round + worker.id) % OUT_OF_SIGHT_ROUNDS === 0 || shown.worker.phase !== worker.phase;
      shown.worker = worker;
      if (due) shown.row.update(worker, this.#history.ratesOf(worker.id), cluster.memoryLimitBytes, nowMs);
    }
    this.#arrange(workers);
    this.#onSort = () => this.#arrange(workers, true);
    this.#body.classList.toggle('calm', workers.size > CALM_FROM);
    setText(byId('worker-count'), `${showWorkers(workers.size)}, generation ${cluster.generation}`);
    byId('no-workers').hidden = workers.size > 0;
  }

  #add(worker: LiveWorker): Shown {
    const { id } = worker;
    const row = new WorkerRow(
      this.#orders,
      () => this.#onOpen(id),
      () => this.#orders.restartWorker(id),
    );
    const shown = { row, worker, visible: true };
    this.#shown.set(id, shown);
    this.#byElement.set(shown.row.element, shown);
    this.#sight.observe(shown.row.element);
    return shown;
  }

  #forgetGone(workers: LiveState['workers']): void {
    for (const [id, { row }] of this.#shown) {
      if (workers.has(id)) continue;
      this.#sight.unobserve(row.element);
      this.#byElement.delete(row.element);
      row.element.remove();
      this.#shown.delete(id);
    }
  }

  /** Rows sorted by a figure would dance each second: they are put in order every few rounds. */
  #arrange(workers: LiveState['workers'], atOnce = false): void {
    const isDue =
      atOnce || this.#sortKey === 'slot' || this.#round % 5 === 0 || this.#body.dataset.count !== String(workers.size);
    if (!isDue) return;
    this.#body.dataset.count = String(workers.size);
    const sorted = sortWorkers(workers.values(), this.#sortKey);
    const order = sorted.map(({ id }) => id).join();
    if (order === this.#order) return;
    this.#order = order;
    const focused = page.document.activeElement;
    this.#body.append(...sorted.flatMap(({ id }) => this.#shown.get(id)?.row.element ?? []));
    if (focused !== null && focused !== page.document.activeElement && this.#body.contains(focused)) focused.focus();
  }
}
