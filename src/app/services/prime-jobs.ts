/** Jobs that count primes. */
import type { JobQueue, JobSnapshot, JobStats, JobWorker } from 'tidegate/state';
import { NoSuchThingError } from '../errors.ts';
import { type Fields, wholeField } from './body-fields.ts';
import type { PrimeCount } from './primes.ts';

export interface PrimeJob {
  readonly upTo: number;
  readonly userId: string;
}

export interface PrimeJobView {
  readonly id: string;
  readonly state: JobSnapshot['state'];
  /** Percent. */
  readonly progress: number;
  readonly result: PrimeCount | null;
  readonly error: string | null;
}

const UP_TO = { min: 1_000, max: 50_000_000 } as const;
/** A worker that dies with a job gives it to another; one that fails by itself is not worth more tries. */
const ATTEMPTS = 2;
/** A stopping worker hands a longer job on to another. */
const GRACE_MS = 2_000;
const HANDLER = new URL(`../jobs/count-primes.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

export class PrimeJobs {
  readonly #queue: JobQueue<PrimeJob, PrimeCount>;

  constructor(queue: JobQueue<PrimeJob, PrimeCount>) {
    this.#queue = queue;
  }

  /** Begins to do jobs in this process, in a thread beside its requests. */
  work(): JobWorker {
    return this.#queue.process(HANDLER, { concurrency: 1, graceMs: GRACE_MS });
  }

  /** The job's id. @throws InvalidFieldError */
  async submit(fields: Fields, userId: string): Promise<string> {
    const upTo = wholeField(fields, 'upTo', UP_TO.min, UP_TO.max);
    return (await this.#queue.add({ upTo, userId }, { attempts: ATTEMPTS })).id;
  }

  /** @throws NoSuchThingError JOB_NOT_FOUND */
  async find(id: string): Promise<PrimeJobView> {
    const job = await this.#queue.get(id);
    if (job === undefined) throw new NoSuchThingError('JOB_NOT_FOUND', 'there is no such job, or no longer');
    const { state, result, error } = job;
    const progress = state === 'completed' ? 100 : typeof job.progress === 'number' ? job.progress : 0;
    return { id, state, progress, result, error };
  }

  stats(): Promise<JobStats> {
    return this.#queue.stats();
  }

  close(): Promise<void> {
    return this.#queue.close();
  }
}
