import { type AcceptingWorker, acceptShares, type SharesState } from '../scaling/balancing/adaptive-shares.ts';
import { INITIAL_REBALANCE_STATE, planMoves, type RebalanceState } from '../scaling/balancing/rebalance.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { WorkerPool } from './worker-pool.ts';

/** How often shares and moves are decided; also the interval of a worker's accept budget. */
export const BALANCE_INTERVAL_MS = 100;
/** Below this many new connections in an interval nobody is held back: chance evens out, and holding back costs latency. */
const FREE_ACCEPTS = 10;
/** Half a reporting interval, and the smoothing of `WorkerLoad.requestRate`. */
const FIGURE_LAG_MS = 400;
const SILENT_MS = 3_000;
/** A worker may run this far ahead of its share before it lets others go first: intervals differ by chance, and who waits earns nothing. */
const HEADROOM = 1.08;
/** After a slow interval budgets must not hold back the recovery: they follow the accepts down by a tenth at a time. */
const PEAK_DECAY = 0.9;

/** Evens the load between workers: by what share of new connections each accepts, and by moving keep-alive connections. */
export class ConnectionBalancer {
  readonly #pool: WorkerPool;
  readonly #shared: boolean;
  readonly #moves: boolean;
  #shares: SharesState | undefined;
  #rebalance: RebalanceState = INITIAL_REBALANCE_STATE;
  #held = false;
  /** Accepts in an interval, with its peaks remembered for a while. */
  #peak = 0;
  #movesOrdered = 0;

  constructor(options: { readonly pool: WorkerPool; readonly shared: boolean; readonly moves: boolean }) {
    this.#pool = options.pool;
    this.#shared = options.shared;
    this.#moves = options.moves;
  }

  /** Connections that workers were asked to give away so far. */
  get movesOrdered(): number {
    return this.#movesOrdered;
  }

  /** To be called every `BALANCE_INTERVAL_MS`. */
  tick(nowMs: number): void {
    const workers = this.#pool.ready().filter((worker) => worker.keys.size > 0);
    const accepted = new Map(workers.map((worker) => [worker.id, worker.load.closeWindow(BALANCE_INTERVAL_MS)]));
    if (this.#shared) this.#setShares(workers, accepted, nowMs);
    if (this.#moves && workers.length > 1) this.#orderMoves(workers, nowMs);
  }

  /** A worker that is ejected or set aside accepts nothing; the others share what there is, and accept freely while that is little. */
  #setShares(workers: readonly WorkerHandle[], accepted: ReadonlyMap<number, number>, nowMs: number): void {
    const open = workers.filter((worker) => !worker.withheld);
    const total = open.reduce((sum, worker) => sum + (accepted.get(worker.id) ?? 0), 0);
    const hold = total >= FREE_ACCEPTS && open.length > 1;
    const withheld = open.length < workers.length;
    if (!hold && !withheld && !this.#held) return;
    this.#peak = Math.max(total, this.#peak * PEAK_DECAY);
    const shares = this.#sharesOf(open, accepted, nowMs);
    for (const worker of workers) {
      const free = hold ? Math.ceil(this.#peak * (shares.get(worker.id) ?? 0) * HEADROOM) : Number.MAX_SAFE_INTEGER;
      const acceptsPerInterval = worker.withheld ? 0 : free;
      worker.send({ type: 'share', acceptsPerInterval, intervalMs: BALANCE_INTERVAL_MS });
    }
    this.#held = hold || withheld;
  }

  #sharesOf(
    workers: readonly WorkerHandle[],
    accepted: ReadonlyMap<number, number>,
    nowMs: number,
  ): ReadonlyMap<number, number> {
    const figures = workers.map(({ load }): AcceptingWorker => {
      const { id, weight, active, inFlight, elu } = load;
      return { id, weight, acceptedInWindow: accepted.get(id) ?? 0, connections: active, inFlight, elu };
    });
    const { state, shares } = acceptShares(figures, this.#shares, nowMs);
    this.#shares = state;
    return shares;
  }

  #orderMoves(workers: readonly WorkerHandle[], nowMs: number): void {
    // A worker that is silent looks idle, and is not; one that is set aside gives all it has, and is about to be silent.
    const reporting = workers.filter((worker) => nowMs - worker.lastHeardAtMs < SILENT_MS && !worker.aside);
    const loads = reporting.map(({ load, readyAtMs }) => {
      const { id, weight, active, movable, inFlight, requestRate, elu } = load;
      return { id, weight, connections: active, movable, inFlight, requestRate, elu, readyAtMs: readyAtMs ?? nowMs };
    });
    const { state, moves } = planMoves(loads, this.#rebalance, nowMs, { figureLagMs: FIGURE_LAG_MS });
    this.#rebalance = state;
    for (const { from, to, count } of moves) {
      this.#movesOrdered += count;
      this.#pool.get(from)?.send({ type: 'give', to, count });
    }
  }
}
