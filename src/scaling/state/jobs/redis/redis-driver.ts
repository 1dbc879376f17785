import type { Queue, QueueEvents } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { RedisSettings } from '../../settings.ts';
import type { CallOptions, Unsubscribe } from '../../shared-state.ts';
import type { Attempt, DriverWorker, JobDriver, WorkOptions } from '../driver.ts';
import type { JobEvent, JobSnapshot, JobStats } from '../job.ts';
import type { NewJob } from '../job-options.ts';
import { bullId, bullOptions, idOf, snapshotOf, stateOf, unwrapped } from './bull-job.ts';
import { bounded } from './deadline.ts';
import { connectForJobs } from './redis-clients.ts';
import { RedisWorker } from './redis-worker.ts';

/** BullMQ's name for a job, which it wants and we have no use for. */
const JOB_NAME = 'job';

/** Takes a job that nobody has begun out of its list, in one step: who gets 1 knows that no worker has it, or will. */
const TAKE_OUT = `
  return redis.call('LREM', KEYS[1], 1, ARGV[1]) + redis.call('ZREM', KEYS[2], ARGV[1]) + redis.call('ZREM', KEYS[3], ARGV[1])`;

type Bull = typeof import('bullmq');

/** Jobs on Redis, kept by BullMQ; all keys of a queue share the hash tag of its prefix, and so a Cluster's slot. */
export class RedisDriver implements JobDriver {
  readonly kind = 'redis';
  readonly #name: string;
  readonly #prefix: string;
  readonly #settings: RedisSettings;
  readonly #bull: Bull;
  readonly #client: Redis | Cluster;
  readonly #queue: Queue;
  #events: Promise<QueueEvents> | undefined;
  readonly #onError: (error: Error) => void;
  #closing = false;

  constructor(
    name: string,
    keyPrefix: string,
    settings: RedisSettings,
    bull: Bull,
    client: Redis | Cluster,
    onError: (error: Error) => void,
  ) {
    this.#name = name;
    this.#prefix = `{${keyPrefix}${name}}`;
    this.#settings = settings;
    this.#bull = bull;
    this.#client = client;
    // What BullMQ still waits for when it is closed fails with its connection, which is nobody's trouble.
    this.#onError = (error) => {
      if (!this.#closing) onError(error);
    };
    this.#queue = new bull.Queue(name, { connection: client, prefix: this.#prefix });
    this.#queue.on('error', this.#onError);
  }

  /** Loads BullMQ and begins to connect; Redis need not be there yet. */
  static async open(
    name: string,
    keyPrefix: string,
    settings: RedisSettings,
    onError: (error: Error) => void,
  ): Promise<RedisDriver> {
    const [bull, client] = await Promise.all([import('bullmq'), connectForJobs(settings)]);
    return new RedisDriver(name, keyPrefix, settings, bull, client, onError);
  }

  async add(job: NewJob, options: CallOptions): Promise<void> {
    await this.#bounded(this.#queue.add(JOB_NAME, job.data, bullOptions(job)), options, `adding job ${job.id}`);
  }

  async get(id: string, options: CallOptions): Promise<JobSnapshot | undefined> {
    return this.#bounded(this.#read(id), options, `reading job ${id}`);
  }

  async cancel(id: string, options: CallOptions): Promise<boolean> {
    return this.#bounded(this.#takeOut(bullId(id)), options, `cancelling job ${id}`);
  }

  async stats(options: CallOptions): Promise<JobStats> {
    const counting = this.#queue.getJobCounts('wait', 'prioritized', 'delayed', 'active', 'completed', 'failed');
    const counts = await this.#bounded(counting, options, `counting the jobs of queue ${this.#name}`);
    const { wait = 0, prioritized = 0, delayed = 0, active = 0, completed = 0, failed = 0 } = counts;
    return { waiting: wait + prioritized, delayed, active, completed, failed };
  }

  async listen(listener: (event: JobEvent) => void): Promise<Unsubscribe> {
    this.#events ??= this.#openEvents();
    const events = await this.#bounded(this.#events, {}, `listening to queue ${this.#name}`);
    const onProgress = ({ jobId, data }: { jobId: string; data: unknown }) =>
      listener({ type: 'progress', id: idOf(jobId), progress: unwrapped(data) });
    const onCompleted = ({ jobId, returnvalue }: { jobId: string; returnvalue: unknown }) =>
      listener({ type: 'completed', id: idOf(jobId), result: returnvalue ?? null });
    const onFailed = ({ jobId, failedReason }: { jobId: string; failedReason: string }) =>
      listener({ type: 'failed', id: idOf(jobId), error: failedReason });
    events.on('progress', onProgress).on('completed', onCompleted).on('failed', onFailed);
    return async () => {
      events.off('progress', onProgress).off('completed', onCompleted).off('failed', onFailed);
    };
  }

  work(attempt: Attempt, options: WorkOptions): DriverWorker {
    return new RedisWorker(
      this.#bull,
      { name: this.#name, prefix: this.#prefix, client: this.#client },
      attempt,
      options,
    );
  }

  async close(): Promise<void> {
    this.#closing = true;
    await (await this.#events?.catch(() => undefined))?.close();
    await this.#queue.close();
    this.#client.disconnect();
  }

  /** From the last event that was told before now: reading "from now on" begins only when Redis hears of it. */
  async #openEvents(): Promise<QueueEvents> {
    const [last] = await this.#client.xrevrange(this.#queue.keys.events ?? '', '+', '-', 'COUNT', 1);
    const events = new this.#bull.QueueEvents(this.#name, {
      connection: this.#client,
      prefix: this.#prefix,
      lastEventId: last?.[0] ?? '0-0',
    });
    // Each waiter listens.
    events.setMaxListeners(0);
    events.on('error', this.#onError);
    return events;
  }

  async #read(id: string): Promise<JobSnapshot | undefined> {
    // The state first: a job that finishes in between reads as active with its result, which the next look corrects.
    const state = stateOf(await this.#queue.getJobState(bullId(id)));
    const job = state && (await this.#queue.getJob(bullId(id)));
    return state && job ? snapshotOf(job, state) : undefined;
  }

  async #takeOut(id: string): Promise<boolean> {
    const { wait, prioritized, delayed } = this.#queue.keys;
    const taken = await this.#client.eval(TAKE_OUT, 3, wait ?? '', prioritized ?? '', delayed ?? '', id);
    if (Number(taken) === 0) return false;
    await this.#queue.remove(id);
    return true;
  }

  #bounded<Result>(call: Promise<Result>, options: CallOptions, what: string): Promise<Result> {
    return bounded(call, { timeoutMs: this.#settings.commandTimeoutMs, ...options }, what);
  }
}
