import type { Redis } from 'ioredis';

/** How often a connection on which nothing comes is asked whether it still lives. */
const WATCH_INTERVAL_MS = 1_000;

/** Hangs up on a connection that answers no more: a node that hangs, or vanished without a packet, looks like one that has no messages. */
export class ConnectionWatch {
  readonly #redis: Redis;
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;
  #heardMs = Number.NEGATIVE_INFINITY;
  #ended = false;

  /** @param timeoutMs how long nothing may come after it was asked */
  constructor(redis: Redis, timeoutMs: number) {
    this.#redis = redis;
    this.#timeoutMs = timeoutMs;
  }

  begin(): void {
    this.#askAfter(0);
  }

  /** Something has come. */
  heard(): void {
    this.#heardMs = performance.now();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #askAfter(delayMs: number): void {
    this.#wait(delayMs, () => {
      const askedMs = performance.now();
      let settled = false;
      this.#redis.ping().then(
        () => {
          settled = true;
          if (this.#ended) return;
          clearTimeout(this.#timer);
          this.#askAfter(WATCH_INTERVAL_MS);
        },
        () => this.#redis.disconnect(),
      );
      this.#awaitAnswer(askedMs, () => settled);
    });
  }

  /** Its time is over when nothing has come for as long as a command may take: before the answer there may be many messages. */
  #awaitAnswer(askedMs: number, isSettled: () => boolean): void {
    const judge = (): void => {
      if (isSettled() || this.#ended) return;
      const leftMs = Math.max(askedMs, this.#heardMs) + this.#timeoutMs - performance.now();
      if (leftMs <= 0) this.#redis.disconnect();
      else judgeAfter(Math.ceil(leftMs));
    };
    // Once more through the event loop: if this process was busy, the answer is there already and only waits to be read.
    const judgeAfter = (ms: number): void => this.#wait(ms, () => setImmediate(judge));
    judgeAfter(this.#timeoutMs);
  }

  #wait(ms: number, then: () => void): void {
    this.#timer = setTimeout(then, ms);
    this.#timer.unref();
  }
}
