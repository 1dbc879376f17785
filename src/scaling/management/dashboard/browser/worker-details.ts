/** One worker, opened: why it is as it is, its figures, where its memory goes, and its drain receipt when it has left. */
import type { PageElement } from './dom.ts';
import { byId, drawWhenChanged, make, makeSvg, setText } from './element.ts';
import { showBytes, showClock, showCount, showMs, showPercent } from './figures.ts';
import type { LiveState, LiveWorker } from './live-state.ts';
import { SPARK_BOX, sparkPath } from './sparkline.ts';
import type { WorkerHistory } from './worker-history.ts';
import { type MemoryTrend, memorySentence, receiptSentence, stateOf, stateSentences } from './worker-view.ts';

export class WorkerDetails {
  readonly #history: WorkerHistory;
  #workerId: number | null = null;

  constructor(history: WorkerHistory) {
    this.#history = history;
    const dialog = byId('worker-details');
    byId('worker-close').onclick = () => dialog.close();
    dialog.onclose = () => {
      this.#workerId = null;
    };
  }

  open(workerId: number, state: LiveState, standing: WorkerStanding): void {
    this.#workerId = workerId;
    this.draw(state, standing, Date.now());
    byId('worker-details').showModal();
  }

  get workerId(): number | null {
    return this.#workerId;
  }

  draw(state: LiveState, { upstream, trend }: WorkerStanding, nowMs: number): void {
    const id = this.#workerId;
    if (id === null || state.cluster === null) return;
    const worker = state.workers.get(id);
    const receipt = state.receipts.find(({ workerId }) => workerId === id);
    setText(byId('worker-title'), worker === undefined ? `Worker ${id}` : `Worker ${id} in slot ${worker.slot}`);
    const { word, tone } = worker === undefined ? { word: 'gone', tone: 'idle' } : stateOf(worker, nowMs);
    setText(byId('worker-state'), word);
    byId('worker-state').className = `pill ${tone}`;
    const sentences = [
      ...(worker === undefined ? ['This worker has left.'] : stateSentences(worker, state.cluster, nowMs)),
      ...(worker === undefined ? [] : [memorySentence(worker, state.cluster.memoryLimitBytes, trend)]),
      ...(receipt === undefined ? [] : [receiptSentence(receipt)]),
    ];
    drawWhenChanged(byId('worker-sentences'), sentences, () => sentences.map((sentence) => make('li', '', sentence)));
    const pairs = worker === undefined ? [] : pairsOf(worker, upstream);
    drawWhenChanged(byId('worker-figures'), pairs, () => drawPairs(pairs));
    byId('worker-spark').replaceChildren(...this.#sparkOf(worker));
  }

  #sparkOf(worker: LiveWorker | undefined): PageElement[] {
    if (worker === undefined) return [];
    const rates = this.#history.ratesOf(worker.id);
    const path = makeSvg('path', { d: sparkPath(rates, 1) });
    const label = `Requests per second of the last minute: now ${showCount(worker.rate)}, at most ${showCount(Math.max(0, ...rates))}`;
    return [
      makeSvg(
        'svg',
        { class: 'spark large', viewBox: SPARK_BOX, preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
        path,
      ),
    ];
  }
}

/** What the panels know of one worker. */
export interface WorkerStanding {
  readonly upstream: UpstreamFigures | undefined;
  readonly trend: MemoryTrend | undefined;
}

/** Of GET /loadbalancer/status, what belongs to one worker. */
export interface UpstreamFigures {
  readonly worker?: number;
  readonly claims?: number;
  readonly weight?: number;
  readonly latencyMs?: number;
  readonly breaker?: { readonly state?: string } | null;
}

/** Name and value, in pairs, as the content of a `dl`. */
export function drawPairs(pairs: readonly (readonly [name: string, value: string])[]): readonly PageElement[] {
  return pairs.map(([name, value]) => make('div', '', make('dt', '', name), make('dd', '', value)));
}

function pairsOf(worker: LiveWorker, upstream: UpstreamFigures | undefined): readonly (readonly [string, string])[] {
  return [
    ['Process', worker.pid === null ? 'none' : `pid ${worker.pid}`],
    ['Listens on', worker.listening || 'nothing'],
    ['Started', showClock(worker.startedAtMs)],
    ['Generation', `${worker.generation}`],
    ['Restarts of the slot', `${worker.restarts}`],
    ['Event loop', `${showPercent(worker.elu)} busy`],
    ['Loop delay, p99', showMs(worker.loopDelayMs)],
    ['CPU', `${showPercent(worker.cpu)} of a core`],
    ['Waits for a core', showPercent(worker.runDelay)],
    ['Memory', showBytes(worker.rssBytes)],
    ['JavaScript heap', showBytes(worker.heapUsedBytes)],
    ['Connections', `${showCount(worker.connections)}, ${showCount(worker.websockets)} WebSockets`],
    ['Requests in flight', showCount(worker.inFlight)],
    ['Requests per second', showCount(worker.rate)],
    ['Errors per second', showCount(worker.errorRate)],
    ...balancing(upstream),
  ];
}

function balancing(upstream: UpstreamFigures | undefined): readonly (readonly [string, string])[] {
  if (upstream === undefined) return [];
  const { claims = null, weight = null, latencyMs = null, breaker } = upstream;
  return [
    ['Claims by the balancer', showCount(claims)],
    ['Weight', showCount(weight)],
    ['Latency it goes by', showMs(latencyMs)],
    ['Breaker', breaker?.state ?? 'none'],
  ];
}
