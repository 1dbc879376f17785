import type { Connection } from './connection-state.ts';
import type { Connections, ConnectionWatcher } from './connections.ts';
import type { Mover } from './mover.ts';
import { ParserIdleness } from './parser-idleness.ts';

/** How long a wish waits for busy connections, which carry the load, before idle ones will do. */
const BUSY_FIRST_MS = 100;

/** Gives connections to less busy workers, as the primary asks: one as each response ends, so that the work spreads. */
export class Giver implements ConnectionWatcher {
  readonly #connections: Connections;
  readonly #mover: Mover;
  /** How many connections each worker is still to get. */
  readonly #wishes = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(connections: Connections, mover: Mover) {
    this.#connections = connections;
    this.#mover = mover;
  }

  /** The latest number for a worker counts; what can't be given soon is forgotten, as the primary will ask again. */
  give(to: number, count: number): void {
    clearTimeout(this.#timer);
    this.#wishes.set(to, count);
    this.#connections.watcher = this;
    this.#timer = setTimeout(() => this.#giveIdle(), BUSY_FIRST_MS).unref();
  }

  /** The worker drains from now on, which moves everything. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#wishes.clear();
    if (this.#connections.watcher === this) this.#connections.watcher = null;
  }

  onResponseDone(connection: Connection): void {
    this.#offer(connection);
  }

  onRequestStart(): void {}

  onClosed(): void {}

  #offer(connection: Connection, parsers?: ParserIdleness): void {
    const [wish] = this.#wishes;
    if (wish === undefined) return;
    const [to, count] = wish;
    if (!this.#mover.move(connection, to, parsers)) return;
    this.#wishes.delete(to);
    // To the end of the row, so that all receivers get some at once.
    if (count > 1) this.#wishes.set(to, count - 1);
    if (this.#wishes.size === 0) this.stop();
  }

  #giveIdle(): void {
    const parsers = new ParserIdleness();
    for (const connection of this.#connections.all) {
      if (this.#wishes.size === 0) return;
      this.#offer(connection, parsers);
    }
    this.stop();
  }
}
