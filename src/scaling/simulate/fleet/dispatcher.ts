import type { Arrivals } from '../load/arrivals.ts';
import type { SimWorker } from './sim-worker.ts';

/** Which worker gets a request. */
export interface Dispatcher {
  /** `ready` is not empty. */
  pick(request: number, ready: readonly SimWorker[]): SimWorker;
  /** Ten times a second: moves connections towards evenness, as the balancer of the runtime does. */
  even(ready: readonly SimWorker[]): void;
}

/** The share of the connections that may move ten times a second. */
const MOVED_SHARE = 0.1;

export function createDispatcher(arrivals: Arrivals, connections: number): Dispatcher {
  return arrivals.connection === null ? roundRobin() : new KeepAlive(arrivals.connection, connections);
}

function roundRobin(): Dispatcher {
  let turn = 0;
  return {
    pick(_request, ready) {
      turn = (turn + 1) % ready.length;
      return ready[turn] as SimWorker;
    },
    even() {},
  };
}

/** Connections stay with their worker; when it leaves, and when workers come, they are spread evenly by number, not by load. */
class KeepAlive implements Dispatcher {
  readonly #connectionOf: Uint16Array;
  readonly #owners: (SimWorker | null)[];

  constructor(connectionOf: Uint16Array, connections: number) {
    this.#connectionOf = connectionOf;
    this.#owners = new Array<SimWorker | null>(connections).fill(null);
  }

  pick(request: number, ready: readonly SimWorker[]): SimWorker {
    const connection = this.#connectionOf[request] as number;
    const owner = this.#owners[connection] ?? null;
    return owner !== null && owner.phase === 'ready' ? owner : this.#give(connection, fewest(ready));
  }

  even(ready: readonly SimWorker[]): void {
    for (let moves = Math.ceil(this.#owners.length * MOVED_SHARE); moves > 0; moves -= 1) {
      const from = ready.reduce((most, worker) => (worker.connections > most.connections ? worker : most));
      const to = fewest(ready);
      if (from.connections - to.connections < 2) return;
      this.#give(this.#owners.indexOf(from), to);
    }
  }

  #give(connection: number, to: SimWorker): SimWorker {
    const before = this.#owners[connection] ?? null;
    if (before !== null) before.connections -= 1;
    this.#owners[connection] = to;
    to.connections += 1;
    return to;
  }
}

function fewest(ready: readonly SimWorker[]): SimWorker {
  return ready.reduce((least, worker) => (worker.connections < least.connections ? worker : least));
}
