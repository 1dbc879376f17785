import type { BoardJob } from './board-job.ts';
import { Heap } from './heap.ts';

/** Jobs that nobody has: waiting for a worker, by priority and then by arrival, or delayed until they are due. */
export class QueuedJobs {
  readonly #waiting = new Heap<BoardJob>(goesFirst);
  readonly #delayed = new Heap<BoardJob>((a, b) => dueMs(a) < dueMs(b));
  readonly #onWaiting: () => void;

  /** @param onWaiting called when one more waits */
  constructor(onWaiting: () => void) {
    this.#onWaiting = onWaiting;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get delayed(): number {
    return this.#delayed.size;
  }

  add(job: BoardJob, delayMs: number, nowMs: number): void {
    if (delayMs > 0) {
      job.phase = { state: 'delayed', dueMs: nowMs + delayMs };
      this.#delayed.push(job);
      return;
    }
    job.phase = { state: 'waiting' };
    this.#waiting.push(job);
    this.#onWaiting();
  }

  /** The next one for a worker. */
  take(): BoardJob | undefined {
    return this.#waiting.pop();
  }

  /** False: it is not among them. */
  remove(job: BoardJob): boolean {
    return this.#waiting.remove(job) || this.#delayed.remove(job);
  }

  /** Has those wait that are due. */
  promote(nowMs: number): void {
    for (let next = this.#delayed.peek(); next !== undefined && dueMs(next) <= nowMs; next = this.#delayed.peek()) {
      this.#delayed.pop();
      this.add(next, 0, nowMs);
    }
  }

  /** Milliseconds until the next delayed job is due; null: there is none. */
  nextDueInMs(nowMs: number): number | null {
    const next = this.#delayed.peek();
    return next === undefined ? null : Math.max(0, dueMs(next) - nowMs);
  }
}

function goesFirst(a: BoardJob, b: BoardJob): boolean {
  return a.priority === b.priority ? a.sequence < b.sequence : a.priority > b.priority;
}

function dueMs({ phase }: BoardJob): number {
  return phase.state === 'delayed' ? phase.dueMs : 0;
}
