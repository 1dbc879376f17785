import { acceptShares, type SharesState } from '../../../../src/scaling/balancing/adaptive-shares.ts';
import { seededRandom } from './random.ts';

const ROUND_MS = 100;
/** Agents report event-loop utilization and requests in flight once a second; accepts and connections are known at once. */
const ROUNDS_PER_REPORT = 10;

export interface SimulatedAcceptor {
  /** How much the kernel favours it. */
  readonly bias: number;
  readonly weight: number;
  /** What a connection takes of its loop while open. */
  readonly eluPerConnection: number;
}

interface AcceptorState extends SimulatedAcceptor {
  readonly id: number;
  connections: number;
  accepted: number;
  /** Connection-rounds since the last report. */
  served: number;
  reportedElu: number | null;
  reportedInFlight: number | null;
}

/** Workers that accept in proportion to bias × share, under `acceptShares`. */
export class AcceptSimulation {
  readonly workers: AcceptorState[] = [];
  shares: ReadonlyMap<number, number> = new Map();
  readonly #random: () => number;
  readonly #acceptsPerRound: number;
  readonly #lifetimeMs: number;
  #state: SharesState | undefined;
  #round = 0;

  constructor(options: { seed: number; acceptsPerSecond: number; lifetimeMs: number }) {
    this.#random = seededRandom(options.seed);
    this.#acceptsPerRound = (options.acceptsPerSecond * ROUND_MS) / 1_000;
    this.#lifetimeMs = options.lifetimeMs;
  }

  add(worker: Partial<SimulatedAcceptor> = {}): number {
    const id = this.workers.length + 1;
    this.workers.push({
      bias: 1,
      weight: 1,
      eluPerConnection: 0.01,
      ...worker,
      id,
      connections: 0,
      accepted: 0,
      served: 0,
      reportedElu: null,
      reportedInFlight: null,
    });
    return id;
  }

  /** Runs for `durationMs`; returns what each worker accepted per second, one row a second. */
  run(durationMs: number): number[][] {
    const rows: number[][] = [];
    let row = this.workers.map(() => 0);
    for (let round = 1; round <= durationMs / ROUND_MS; round++) {
      this.#step();
      row = row.map((count, index) => count + (this.workers[index]?.accepted ?? 0));
      if (round % 10 === 0) {
        rows.push(row);
        row = row.map(() => 0);
      }
    }
    return rows;
  }

  #step(): void {
    const ended = 1 - Math.exp(-ROUND_MS / this.#lifetimeMs);
    for (const worker of this.workers) {
      worker.accepted = 0;
      let closed = 0;
      for (let connection = 0; connection < worker.connections; connection++) if (this.#random() < ended) closed++;
      worker.connections -= closed;
    }
    for (let accept = 0; accept < this.#acceptsPerRound; accept++) {
      const worker = this.#acceptor();
      worker.accepted++;
      worker.connections++;
    }
    this.#round++;
    for (const worker of this.workers) {
      worker.served += worker.connections;
      if (this.#round % ROUNDS_PER_REPORT !== 0) continue;
      worker.reportedElu = Math.min(1, (worker.served / ROUNDS_PER_REPORT) * worker.eluPerConnection);
      worker.reportedInFlight = Math.round(worker.connections * 0.2);
      worker.served = 0;
    }
    const decided = acceptShares(
      this.workers.map((worker) => ({
        id: worker.id,
        weight: worker.weight,
        acceptedInWindow: worker.accepted,
        connections: worker.connections,
        inFlight: worker.reportedInFlight,
        elu: worker.reportedElu,
      })),
      this.#state,
      this.#round * ROUND_MS,
    );
    this.#state = decided.state;
    this.shares = decided.shares;
  }

  #acceptor(): AcceptorState {
    const pull = (worker: AcceptorState): number => worker.bias * (this.shares.get(worker.id) ?? 1);
    let left = this.#random() * this.workers.reduce((sum, worker) => sum + pull(worker), 0);
    for (const worker of this.workers) {
      left -= pull(worker);
      if (left < 0) return worker;
    }
    return this.workers.at(-1) as AcceptorState;
  }
}
