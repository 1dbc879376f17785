import type { Connection } from './connection-state.ts';
import type { Connections, ConnectionWatcher } from './connections.ts';
import type { Mover } from './mover.ts';
import { ParserIdleness } from './parser-idleness.ts';

/** How long a wish waits for busy connections, which carry the load, before idle ones will do. */
const BUSY_FIRST_MS = 100;

/** Gives connections to a less busy worker, as the primary asks: one as each response ends, so that the work spreads. */
export class Giver implements ConnectionWatcher {
  readonly #connections: Connections;
  readonly #mover: Mover;
  #wish: { readonly to: number; left: number } | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(connections: Connections, mover: Mover) {
    this.#connections = connections;
    this.#mover = mover;
  }

  give(to: number, count: number): void {
    clearTimeout(this.#timer);
    this.#wish = count > 0 ? { to, left: count } : null;
    this.#connections.watcher = this.#wish === null ? null : this;
    if (this.#wish !== null) this.#timer = setTimeout(() => this.#giveIdle(), BUSY_FIRST_MS).unref();
  }

  /** The worker drains from now on, which moves everything. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#wish = null;
  }

  onResponseDone(connection: Connection): void {
    this.#offer(connection);
  }

  #offer(connection: Connection, parsers?: ParserIdleness): void {
    if (this.#wish === null || !this.#mover.move(connection, this.#wish.to, parsers)) return;
    this.#wish.left -= 1;
    if (this.#wish.left === 0) this.give(this.#wish.to, 0);
  }

  onRequestStart(): void {}

  onClosed(): void {}

  #giveIdle(): void {
    const parsers = new ParserIdleness();
    for (const connection of this.#connections.all) {
      if (this.#wish === null) return;
      this.#offer(connection, parsers);
    }
    if (this.#wish !== null) this.give(this.#wish.to, 0);
  }
}
