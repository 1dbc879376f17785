import {
  INITIAL_REBALANCE_STATE,
  type Move,
  planMoves,
  type RebalanceOptions,
  type RebalanceState,
  type WorkerLoad,
} from '../../../../src/scaling/balancing/rebalance.ts';
import { seededRandom } from './random.ts';

const ROUND_MS = 100;
const START_MS = 1_000_000;

export interface SimulatedConnection {
  /** Requests a second, if its worker has the time. */
  readonly rate: number;
  /** CPU of one request. */
  readonly costMs: number;
}

interface SimulatedWorker {
  readonly id: number;
  readonly weight: number;
  readonly readyAtMs: number;
  readonly isMovable: boolean;
  connections: SimulatedConnection[];
  report: Pick<WorkerLoad, 'connections' | 'inFlight' | 'requestRate' | 'elu'>;
  completed: number;
}

export interface MoveSimulationOptions {
  readonly seed?: number;
  /** Rates are reported up to so much too high or low. */
  readonly noise?: number;
  /** 0: figures are of this very moment; else a report each so many ms, a request rate half of which is the previous report's. */
  readonly reportEveryMs?: number;
  readonly planning?: RebalanceOptions;
}

/** Workers with keep-alive connections of constant rates, under `planMoves`; what moves is drawn at random. */
export class MoveSimulation {
  nowMs = START_MS;
  readonly workers: SimulatedWorker[] = [];
  /** Every planned move with its time. */
  readonly moves: (Move & { readonly atMs: number })[] = [];
  readonly #options: MoveSimulationOptions;
  readonly #random: () => number;
  #state: RebalanceState = INITIAL_REBALANCE_STATE;

  constructor(options: MoveSimulationOptions = {}) {
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
  }

  add(connections: SimulatedConnection[], { weight = 1, isMovable = true, ageMs = 0 } = {}): SimulatedWorker {
    const worker: SimulatedWorker = {
      id: this.workers.length + 1,
      weight,
      isMovable,
      readyAtMs: this.nowMs - ageMs,
      connections,
      report: { connections: 0, inFlight: 0, requestRate: 0, elu: 0 },
      completed: 0,
    };
    if (ageMs > 0) this.#report(worker, 1);
    this.workers.push(worker);
    return worker;
  }

  /** Requests a second that each worker completes now. */
  rates(): number[] {
    return this.workers.map((worker) => rateOf(worker));
  }

  movesBetween(fromMs: number, toMs: number): number {
    return this.moves.reduce((sum, { atMs, count }) => sum + (atMs > fromMs && atMs <= toMs ? count : 0), 0);
  }

  run(durationMs: number): void {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; ) this.#round();
  }

  #round(): void {
    this.nowMs += ROUND_MS;
    const every = this.#options.reportEveryMs ?? 1_000;
    for (const worker of this.workers) {
      worker.completed += (rateOf(worker) * ROUND_MS) / 1_000;
      // Reports of different workers come at different times.
      if (every === 0) this.#report(worker, 1);
      else if ((this.nowMs - worker.readyAtMs + worker.id * 300) % every === 0) this.#report(worker, 0.5);
    }
    const plan = planMoves(
      this.workers.map(({ id, weight, readyAtMs, isMovable, report }) => ({
        id,
        weight,
        readyAtMs,
        ...report,
        ...(isMovable ? {} : { movable: 0 }),
      })),
      this.#state,
      this.nowMs,
      this.#options.planning,
    );
    this.#state = plan.state;
    for (const move of plan.moves) this.#execute(move);
  }

  #execute(move: Move): void {
    this.moves.push({ ...move, atMs: this.nowMs });
    const from = this.workers[move.from - 1] as SimulatedWorker;
    const to = this.workers[move.to - 1] as SimulatedWorker;
    for (let moved = 0; moved < move.count && from.connections.length > 0; moved++) {
      to.connections.push(...from.connections.splice(Math.floor(this.#random() * from.connections.length), 1));
    }
  }

  #report(worker: SimulatedWorker, newness: number): void {
    const noise = 1 + (this.#random() * 2 - 1) * (this.#options.noise ?? 0);
    const demand = demandOf(worker);
    worker.report = {
      connections: worker.connections.length,
      inFlight: Math.min(worker.connections.length, Math.round(demand / Math.max(0.05, 1 - demand))),
      requestRate: worker.report.requestRate * (1 - newness) + rateOf(worker) * noise * newness,
      elu: Math.min(1, demand),
    };
  }
}

/** `count` connections of one rate; together the workers' requests take `costMs` each. */
export function connectionsOf(count: number, rate: number, costMs = 1): SimulatedConnection[] {
  return Array.from({ length: count }, () => ({ rate, costMs }));
}

function demandOf({ connections }: SimulatedWorker): number {
  return connections.reduce((sum, { rate, costMs }) => sum + (rate * costMs) / 1_000, 0);
}

function rateOf(worker: SimulatedWorker): number {
  const wanted = worker.connections.reduce((sum, { rate }) => sum + rate, 0);
  return wanted / Math.max(1, demandOf(worker));
}
