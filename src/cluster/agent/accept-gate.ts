import type { ListeningHandle } from './listening-handle.ts';

/** How long an ahead worker lets the others go first before it takes one more connection. */
const YIELD_MS = 2;

/**
 * Keeps this worker's accepts to its share of the connections. The kernel wakes whoever it likes, which alone gives one of
 * two workers up to 70 % of them. Within each interval a worker accepts its share freely; beyond it, it takes one
 * connection every two milliseconds, so that nobody waits when the load has just grown or the others are blocked.
 */
export class AcceptGate {
  readonly #listeners: ReadonlySet<ListeningHandle>;
  #acceptsPerInterval = Number.POSITIVE_INFINITY;
  #intervalMs = 100;
  #acceptedInInterval = 0;
  #intervalEndsAtMs = 0;
  #paused = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(listeners: ReadonlySet<ListeningHandle>) {
    this.#listeners = listeners;
  }

  /** A listener that begins now has to wait like the others. */
  get paused(): boolean {
    return this.#paused;
  }

  setShare(acceptsPerInterval: number, intervalMs: number): void {
    this.#acceptsPerInterval = acceptsPerInterval;
    this.#intervalMs = intervalMs;
    if (acceptsPerInterval === 0) this.#shut();
    else if (this.#timer === undefined) this.#open();
  }

  /** Called for each connection accepted here. */
  onAccept = (): void => {
    const nowMs = performance.now();
    if (nowMs >= this.#intervalEndsAtMs) {
      this.#intervalEndsAtMs = nowMs + this.#intervalMs;
      this.#acceptedInInterval = 0;
    }
    this.#acceptedInInterval += 1;
    if (this.#acceptedInInterval > this.#acceptsPerInterval && !this.#paused) {
      this.#pause();
      this.#timer = setTimeout(() => this.#open(), YIELD_MS);
    }
  };

  /** Not ready yet, or ejected: nothing until the primary says otherwise. */
  #shut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#paused) this.#pause();
  }

  #pause(): void {
    this.#paused = true;
    for (const listener of this.#listeners) listener.pause();
  }

  #open(): void {
    this.#timer = undefined;
    if (!this.#paused) return;
    this.#paused = false;
    for (const listener of this.#listeners) listener.resume();
  }
}
