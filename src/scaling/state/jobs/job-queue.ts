import type { CallOptions, Unsubscribe } from '../shared-state.ts';
import type { JobDriver } from './driver.ts';
import { JobError } from './errors.ts';
import type { AddOptions, JobEvent, JobHandler, JobSnapshot, JobStats } from './job.ts';
import { newJob, type Retention } from './job-options.ts';
import { JobWorker, type ProcessOptions } from './job-worker.ts';
import { type WaitOptions, waitUntilFinished } from './wait-until-finished.ts';

/** A job that was added. */
export interface JobHandle<Data, Result> {
  readonly id: string;
  get(options?: CallOptions): Promise<JobSnapshot<Data, Result> | undefined>;
  /** @throws JobError JOB_FAILED, JOB_GONE or JOB_WAIT_TIMEOUT */
  waitUntilFinished(options: WaitOptions): Promise<Result>;
  /** False: somebody has begun it already. */
  cancel(options?: CallOptions): Promise<boolean>;
}

export interface QueueSettings {
  readonly keep: Retention;
  readonly maxLosses: number;
}

/**
 * Jobs of one kind, done at least once: a job whose worker dies is done again. Whichever process adds them, any process that calls
 * `process` does them.
 */
export class JobQueue<Data = unknown, Result = unknown> {
  readonly name: string;
  readonly #open: () => Promise<JobDriver>;
  readonly #settings: QueueSettings;
  readonly #workers = new Set<JobWorker>();
  #driver: Promise<JobDriver> | null = null;
  #closing: Promise<void> | null = null;

  constructor(name: string, open: () => Promise<JobDriver>, settings: QueueSettings) {
    this.name = name;
    this.#open = open;
    this.#settings = settings;
  }

  /**
   * Adds a job; with an `id`, safe to repeat.
   * @throws JobError JOB_BAD_ARGUMENT, JOBS_FULL; StateError, ambiguous: it may have been added
   */
  async add(data: Data, options: AddOptions = {}): Promise<JobHandle<Data, Result>> {
    const job = newJob(data, options, this.#settings);
    const driver = await this.#opened();
    await driver.add(job, callOptions(options));
    const { id } = job;
    return {
      id,
      get: (call) => this.get(id, call),
      waitUntilFinished: (wait) => this.waitUntilFinished(id, wait),
      cancel: (call) => this.cancel(id, call),
    };
  }

  /** Undefined: never added, cancelled, or finished and forgotten. */
  async get(id: string, options: CallOptions = {}): Promise<JobSnapshot<Data, Result> | undefined> {
    const driver = await this.#opened();
    return (await driver.get(id, options)) as JobSnapshot<Data, Result> | undefined;
  }

  /** Forgets a waiting or delayed job; false: it is in no such state (any more). */
  async cancel(id: string, options: CallOptions = {}): Promise<boolean> {
    const driver = await this.#opened();
    return driver.cancel(id, options);
  }

  async stats(options: CallOptions = {}): Promise<JobStats> {
    const driver = await this.#opened();
    return driver.stats(options);
  }

  /** @throws JobError JOB_FAILED with what the last attempt said, JOB_GONE, or JOB_WAIT_TIMEOUT */
  async waitUntilFinished(id: string, options: WaitOptions): Promise<Result> {
    return (await waitUntilFinished(await this.#opened(), id, options)) as Result;
  }

  /** Calls `listener` for events of the queue's jobs, wherever they are done. Resolves when they begin to come. */
  async on<Type extends JobEvent['type']>(
    type: Type,
    listener: (event: Extract<JobEvent, { type: Type }>) => void,
  ): Promise<Unsubscribe> {
    const driver = await this.#opened();
    return driver.listen((event) => {
      if (event.type === type) listener(event as Extract<JobEvent, { type: Type }>);
    });
  }

  /**
   * Begins to do jobs in this process, by a function or by the default export of a file, in a thread of its own.
   * @throws JobError JOB_BAD_ARGUMENT
   */
  process(handler: JobHandler<Data, Result> | string | URL, options: ProcessOptions = {}): JobWorker {
    const given = handler as JobHandler | string | URL;
    const worker = new JobWorker(this.name, () => this.#opened(), given, options, this.#settings.maxLosses);
    this.#workers.add(worker);
    return worker;
  }

  /** Closes its workers, then its connections. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.close()));
    const driver = await this.#driver?.catch(() => undefined);
    await driver?.close();
  }

  #opened(): Promise<JobDriver> {
    if (this.#closing !== null) {
      const closed = Promise.reject(new JobError('JOBS_CLOSED', `queue ${this.name} is closed`));
      closed.catch(() => {});
      return closed;
    }
    this.#driver ??= this.#open().catch((error: unknown) => {
      this.#driver = null; // the next call tries again
      throw error;
    });
    return this.#driver;
  }
}

function callOptions({ signal, timeoutMs }: CallOptions): CallOptions {
  return { ...(signal !== undefined && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) };
}
