import type { BoardJob, Phase } from './board-job.ts';

/** Jobs that are done or given up, in the order in which they finished, as long as each is to be kept. */
export class FinishedJobs {
  readonly #completed = new Set<BoardJob>();
  readonly #failed = new Set<BoardJob>();
  readonly #forget: (job: BoardJob) => void;

  /** @param forget gets those that are kept no longer */
  constructor(forget: (job: BoardJob) => void) {
    this.#forget = forget;
  }

  get completed(): number {
    return this.#completed.size;
  }

  get failed(): number {
    return this.#failed.size;
  }

  /** Takes a job that has just finished in that state; older ones may have to give way. */
  add(job: BoardJob, state: (Phase & { state: 'completed' | 'failed' })['state'], nowMs: number): void {
    const jobs = state === 'completed' ? this.#completed : this.#failed;
    jobs.add(job);
    for (const oldest of jobs) {
      if (jobs.size <= job.keep.count && finishedAtMs(oldest) + job.keep.ageMs > nowMs) break;
      jobs.delete(oldest);
      this.#forget(oldest);
    }
  }

  /** Forgets those whose time is over. */
  tick(nowMs: number): void {
    for (const jobs of [this.#completed, this.#failed]) {
      for (const job of jobs) {
        if (finishedAtMs(job) + job.keep.ageMs > nowMs) break;
        jobs.delete(job);
        this.#forget(job);
      }
    }
  }

  /** Forgets what was finished longest ago; false: nothing is finished. */
  forgetOldest(): boolean {
    const [completed] = this.#completed;
    const [failed] = this.#failed;
    const oldest =
      completed !== undefined && failed !== undefined && finishedAtMs(failed) < finishedAtMs(completed)
        ? failed
        : (completed ?? failed);
    if (oldest === undefined) return false;
    this.#completed.delete(oldest);
    this.#failed.delete(oldest);
    this.#forget(oldest);
    return true;
  }
}

function finishedAtMs({ phase }: BoardJob): number {
  return 'finishedAtMs' in phase ? phase.finishedAtMs : 0;
}
