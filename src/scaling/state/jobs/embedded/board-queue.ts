import type { JobStats } from '../job.ts';
import { ActiveJobs } from './active-jobs.ts';
import type { BoardEntry, BoardJob, BoardNews, Claim, FailOutcome, Failure, Phase } from './board-job.ts';
import { boardJob, weightOf } from './board-job.ts';
import { FinishedJobs } from './finished-jobs.ts';
import { QueuedJobs } from './queued-jobs.ts';

/** The answer to a token that isn't the job's last: it was taken back, and maybe done by somebody else since. */
const STALE = false;

/**
 * The jobs of one queue and where each of them is:
 * `delayed → waiting → active → completed | failed`, and from `active` back to `waiting` (lost, handed back) or `delayed` (to be retried).
 * Whatever a worker says of an active job counts only with the token of the job's last claim.
 */
export class BoardQueue {
  readonly name: string;
  readonly #tell: (news: BoardNews) => void;
  readonly #nextToken: () => number;
  readonly #jobs = new Map<string, BoardJob>();
  readonly #queued = new QueuedJobs(() => this.#wake());
  readonly #active = new ActiveJobs();
  readonly #finished = new FinishedJobs((job) => this.#forget(job));
  #sequence = 0;
  #bytes = 0;
  /** Somebody came for work and found none since the last wake-up. */
  #hungry = false;

  constructor(name: string, nextToken: () => number, tell: (news: BoardNews) => void) {
    this.name = name;
    this.#nextToken = nextToken;
    this.#tell = tell;
  }

  get size(): number {
    return this.#jobs.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: string): BoardJob | undefined {
    return this.#jobs.get(id);
  }

  stats(): JobStats {
    return {
      waiting: this.#queued.waiting,
      delayed: this.#queued.delayed,
      active: this.#active.size,
      completed: this.#finished.completed,
      failed: this.#finished.failed,
    };
  }

  /** False: there is a job of this id already, which stays as it is. */
  add(entry: BoardEntry, nowMs: number): boolean {
    if (this.#jobs.has(entry.id)) return false;
    const job = boardJob(entry, this.#sequence++, nowMs);
    this.#jobs.set(job.id, job);
    this.#weigh(job);
    this.#queued.add(job, entry.delayMs, nowMs);
    return true;
  }

  /** Forgets a job that nobody has begun. */
  cancel(id: string): boolean {
    const job = this.#jobs.get(id);
    if (job === undefined || !this.#queued.remove(job)) return false;
    this.#forget(job);
    return true;
  }

  /** Up to `max` jobs for a worker, each for `leaseMs`: by priority, then by arrival. */
  claim(owner: number, max: number, leaseMs: number, nowMs: number): Claim[] {
    this.#queued.promote(nowMs);
    const claims: Claim[] = [];
    while (claims.length < max) {
      const job = this.#queued.take();
      if (job === undefined) break;
      const token = this.#nextToken();
      this.#active.add(job, { token, owner, leaseUntilMs: nowMs + leaseMs });
      job.startedAtMs = nowMs;
      const { id, data, backoff, addedAtMs } = job;
      claims.push({ id, data, attempt: job.failures + 1, backoff, token, addedAtMs });
    }
    if (claims.length < max) this.#hungry = true;
    return claims;
  }

  /** Milliseconds until the next delayed job is due; null: there is none. */
  nextDueInMs(nowMs: number): number | null {
    return this.#queued.nextDueInMs(nowMs);
  }

  renew(id: string, token: number, leaseMs: number, nowMs: number): boolean {
    const job = this.#held(id, token);
    if (job === undefined) return STALE;
    if (job.phase.state === 'active') job.phase.leaseUntilMs = nowMs + leaseMs;
    return true;
  }

  /** `value` is JSON. */
  progress(id: string, token: number, value: string): boolean {
    const job = this.#held(id, token);
    if (job === undefined) return STALE;
    job.progress = value;
    this.#weigh(job);
    this.#tell({ type: 'event', queue: this.name, event: { type: 'progress', id, progress: JSON.parse(value) } });
    return true;
  }

  /** `result` is JSON. */
  complete(id: string, token: number, result: string, nowMs: number): boolean {
    const job = this.#held(id, token);
    if (job === undefined) return STALE;
    this.#finish(job, { state: 'completed', result, finishedAtMs: nowMs }, nowMs);
    this.#tell({ type: 'event', queue: this.name, event: { type: 'completed', id, result: JSON.parse(result) } });
    return true;
  }

  /** An attempt failed: after `retryInMs` it is tried again, unless it was the last one or `permanent`. */
  fail({ id, token, error, retryInMs, permanent }: Failure, nowMs: number): FailOutcome {
    const job = this.#held(id, token);
    if (job === undefined) return 'stale';
    job.failures += 1;
    job.error = error;
    this.#weigh(job);
    if (permanent || job.failures >= job.attempts) {
      this.#giveUp(job, error, nowMs);
      return 'failed';
    }
    this.#active.delete(job);
    this.#queued.add(job, retryInMs, nowMs);
    return 'retried';
  }

  /** A worker that closes hands a job back: neither an attempt nor a loss. */
  handBack(id: string, token: number, nowMs: number): boolean {
    const job = this.#held(id, token);
    if (job === undefined) return STALE;
    this.#active.delete(job);
    this.#queued.add(job, 0, nowMs);
    return true;
  }

  /** Takes back what a worker that is gone had; how many. */
  ownerGone(owner: number, nowMs: number): number {
    const jobs = this.#active.ofOwner(owner);
    this.#takeBack(jobs, nowMs);
    return jobs.length;
  }

  /** Takes back what was not renewed in time, wakes what is due, and forgets finished jobs whose time is over. */
  tick(nowMs: number): void {
    this.#takeBack(this.#active.overdue(nowMs), nowMs);
    this.#queued.promote(nowMs);
    this.#finished.tick(nowMs);
  }

  /** Makes room by what was finished longest ago; false: nothing is finished. */
  forgetOldestFinished(): boolean {
    return this.#finished.forgetOldest();
  }

  #held(id: string, token: number): BoardJob | undefined {
    const job = this.#jobs.get(id);
    return job?.phase.state === 'active' && job.phase.token === token ? job : undefined;
  }

  #takeBack(jobs: readonly BoardJob[], nowMs: number): void {
    for (const job of jobs) {
      job.losses += 1;
      if (job.losses > job.maxLosses) {
        job.error = `lost with its worker ${job.losses} times; ${job.maxLosses} are allowed`;
        this.#giveUp(job, job.error, nowMs);
      } else {
        this.#active.delete(job);
        this.#queued.add(job, 0, nowMs);
      }
    }
  }

  #giveUp(job: BoardJob, error: string, nowMs: number): void {
    this.#finish(job, { state: 'failed', finishedAtMs: nowMs }, nowMs);
    this.#tell({ type: 'event', queue: this.name, event: { type: 'failed', id: job.id, error } });
  }

  #finish(job: BoardJob, phase: Phase & { state: 'completed' | 'failed' }, nowMs: number): void {
    this.#active.delete(job);
    job.phase = phase;
    this.#weigh(job);
    this.#finished.add(job, phase.state, nowMs);
  }

  #wake(): void {
    if (!this.#hungry) return;
    this.#hungry = false;
    this.#tell({ type: 'wake', queue: this.name });
  }

  #weigh(job: BoardJob): void {
    const weightBytes = weightOf(job);
    this.#bytes += weightBytes - job.weightBytes;
    job.weightBytes = weightBytes;
  }

  #forget(job: BoardJob): void {
    this.#jobs.delete(job.id);
    this.#bytes -= job.weightBytes;
  }
}
