import type { JobStats } from '../job.ts';
import type { BoardEntry, BoardJob, BoardNews, Claim, FailOutcome, Failure, Lease } from './board-job.ts';
import { BoardQueue } from './board-queue.ts';

export interface BoardLimits {
  /** Over all queues, finished ones included. */
  readonly jobs: number;
  readonly bytes: number;
  readonly queues: number;
}

const BOARD_LIMITS: BoardLimits = { jobs: 100_000, bytes: 64 * 1024 * 1024, queues: 200 };

export type AddOutcome = 'added' | 'known' | 'full';

export interface ClaimOutcome {
  readonly jobs: readonly Claim[];
  /** Until the next delayed job is due; null: there is none. */
  readonly nextDueInMs: number | null;
}

export interface BoardOptions {
  /** The first claim's token is one above: a store that was started anew must begin above all its predecessor gave out. */
  readonly tokensAbove: number;
  readonly tell: (news: BoardNews) => void;
  readonly limits?: BoardLimits;
}

const NO_JOBS: JobStats = { waiting: 0, delayed: 0, active: 0, completed: 0, failed: 0 };

/** All queues of a machine: pure, time is an argument. Bounded: finished jobs make room for new ones, unfinished ones never do. */
export class JobBoard {
  readonly #tell: (news: BoardNews) => void;
  readonly #limits: BoardLimits;
  readonly #queues = new Map<string, BoardQueue>();
  #token: number;

  constructor({ tokensAbove, tell, limits = BOARD_LIMITS }: BoardOptions) {
    this.#token = tokensAbove;
    this.#tell = tell;
    this.#limits = limits;
  }

  add(queue: string, entry: BoardEntry, nowMs: number): AddOutcome {
    if (this.#queues.get(queue)?.get(entry.id) !== undefined) return 'known';
    const room = this.#queue(queue);
    if (room === undefined || !this.#makeRoom(2 * entry.data.length)) return 'full';
    return room.add(entry, nowMs) ? 'added' : 'known';
  }

  get(queue: string, id: string): BoardJob | undefined {
    return this.#queues.get(queue)?.get(id);
  }

  stats(queue: string): JobStats {
    return this.#queues.get(queue)?.stats() ?? NO_JOBS;
  }

  cancel(queue: string, id: string): boolean {
    return this.#queues.get(queue)?.cancel(id) ?? false;
  }

  claim(queue: string, owner: number, max: number, leaseMs: number, nowMs: number): ClaimOutcome {
    const found = this.#queue(queue);
    if (found === undefined) return { jobs: [], nextDueInMs: null };
    return { jobs: found.claim(owner, max, leaseMs, nowMs), nextDueInMs: found.nextDueInMs(nowMs) };
  }

  /** Those of `leases` that are still held are renewed; the ids of the others. */
  renew(queue: string, leases: readonly Lease[], leaseMs: number, nowMs: number): string[] {
    const found = this.#queues.get(queue);
    return leases.filter(({ id, token }) => !(found?.renew(id, token, leaseMs, nowMs) ?? false)).map(({ id }) => id);
  }

  progress(queue: string, { id, token }: Lease, value: string): boolean {
    return this.#queues.get(queue)?.progress(id, token, value) ?? false;
  }

  complete(queue: string, { id, token }: Lease, result: string, nowMs: number): boolean {
    return this.#queues.get(queue)?.complete(id, token, result, nowMs) ?? false;
  }

  fail(queue: string, failure: Failure, nowMs: number): FailOutcome {
    return this.#queues.get(queue)?.fail(failure, nowMs) ?? 'stale';
  }

  handBack(queue: string, { id, token }: Lease, nowMs: number): boolean {
    return this.#queues.get(queue)?.handBack(id, token, nowMs) ?? false;
  }

  /** A worker's connection has ended: its jobs wait again at once. How many they were. */
  ownerGone(owner: number, nowMs: number): number {
    let jobs = 0;
    for (const queue of this.#queues.values()) jobs += queue.ownerGone(owner, nowMs);
    return jobs;
  }

  tick(nowMs: number): void {
    for (const queue of this.#queues.values()) queue.tick(nowMs);
  }

  #queue(name: string): BoardQueue | undefined {
    const found = this.#queues.get(name);
    if (found !== undefined) return found;
    if (this.#queues.size >= this.#limits.queues && !this.#dropEmptyQueue()) return undefined;
    const queue = new BoardQueue(name, () => ++this.#token, this.#tell);
    this.#queues.set(name, queue);
    return queue;
  }

  #dropEmptyQueue(): boolean {
    for (const [name, queue] of this.#queues) {
      if (queue.size === 0) return this.#queues.delete(name);
    }
    return false;
  }

  #makeRoom(bytes: number): boolean {
    const queues = [...this.#queues.values()];
    let jobs = queues.reduce((sum, queue) => sum + queue.size, 0);
    let used = queues.reduce((sum, queue) => sum + queue.bytes, 0);
    for (const queue of queues) {
      while (jobs >= this.#limits.jobs || used + bytes > this.#limits.bytes) {
        const before = queue.bytes;
        if (!queue.forgetOldestFinished()) break;
        jobs -= 1;
        used -= before - queue.bytes;
      }
    }
    return jobs < this.#limits.jobs && used + bytes <= this.#limits.bytes;
  }
}
