import type { BoardJob, Phase } from './board-job.ts';

type Held = Phase & { state: 'active' };

/** Jobs that workers have, each under the token of its last claim and for as long as that is renewed. */
export class ActiveJobs {
  readonly #jobs = new Set<BoardJob>();

  get size(): number {
    return this.#jobs.size;
  }

  add(job: BoardJob, claim: Omit<Held, 'state'>): void {
    job.phase = { state: 'active', ...claim };
    this.#jobs.add(job);
  }

  delete(job: BoardJob): void {
    this.#jobs.delete(job);
  }

  /** Those of one worker. */
  ofOwner(owner: number): readonly BoardJob[] {
    return this.#those((held) => held.owner === owner);
  }

  /** Those that were not renewed in time. */
  overdue(nowMs: number): readonly BoardJob[] {
    return this.#those((held) => held.leaseUntilMs <= nowMs);
  }

  #those(which: (held: Held) => boolean): readonly BoardJob[] {
    return [...this.#jobs].filter(({ phase }) => phase.state === 'active' && which(phase));
  }
}
