import type { Job, Worker } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { DEFAULT_BACKOFF, retryDelayMs } from '../backoff.ts';
import type { Attempt, DriverWorker, WorkOptions } from '../driver.ts';
import { isPermanent } from '../errors.ts';
import { Lease } from '../lease.ts';
import { backoffOf, idOf, OUR_BACKOFF, wrapped } from './bull-job.ts';

/** After a lost connection BullMQ's default is 15 s; a failover takes two to four. */
const RETRY_MS = 500;
/** How long an idle worker blocks on its marker before it looks again. */
const IDLE_BLOCK_SECONDS = 5;

type Bull = typeof import('bullmq');

export interface RedisQueue {
  readonly name: string;
  readonly prefix: string;
  readonly client: Redis | Cluster;
}

/**
 * A BullMQ worker. A killed worker's jobs are noticed by any other within `leaseMs` (until the lock is gone) and a quarter of it
 * (until the next look). The fencing token is the job's `attemptsStarted`, which Redis increments in the script that claims it.
 */
export class RedisWorker implements DriverWorker {
  readonly #bull: Bull;
  readonly #attempt: Attempt;
  readonly #options: WorkOptions;
  readonly #queue: RedisQueue;
  #closing = false;
  readonly #worker: Worker;
  /** By BullMQ's id of the job. */
  readonly #leases = new Map<string, Lease>();

  constructor(bull: Bull, queue: RedisQueue, attempt: Attempt, options: WorkOptions) {
    this.#bull = bull;
    this.#queue = queue;
    this.#attempt = attempt;
    this.#options = options;
    const { concurrency, leaseMs, maxLosses, onError } = options;
    // BullMQ hands a processor of three parameters a signal, for a cancellation that we don't use.
    this.#worker = new bull.Worker(queue.name, (job, lock) => this.#process(job, lock ?? ''), {
      connection: queue.client,
      prefix: queue.prefix,
      concurrency,
      lockDuration: leaseMs,
      lockRenewTime: Math.ceil(leaseMs / 3),
      stalledInterval: Math.ceil(leaseMs / 4),
      maxStalledCount: maxLosses,
      drainDelay: IDLE_BLOCK_SECONDS,
      runRetryDelay: RETRY_MS,
      settings: { backoffStrategy: retryDelayOf },
    });
    this.#worker.on('error', (error) => {
      if (!this.#closing) onError(error);
    });
    this.#worker.on('completed', () => options.onOutcome('completed'));
    this.#worker.on('failed', (job) => options.onOutcome(job?.finishedOn === undefined ? 'retried' : 'failed'));
    this.#worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.#leases.get(id)?.lose();
    });
    this.#worker.on('locksRenewed', ({ jobIds }) => {
      for (const id of jobIds) this.#leases.get(id)?.renewed();
    });
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const timer = setTimeout(() => {
      for (const lease of this.#leases.values()) lease.handBack();
    }, graceMs);
    await this.#worker.close();
    clearTimeout(timer);
  }

  async #process(job: Job, lock: string): Promise<unknown> {
    const key = job.id ?? '';
    const id = idOf(key);
    const lease = new Lease(`job ${id} of queue ${this.#queue.name}`, this.#options.leaseMs);
    this.#leases.set(key, lease);
    try {
      return await this.#attempt({
        id,
        data: job.data,
        attempt: job.attemptsMade + 1,
        token: job.attemptsStarted,
        addedAtMs: job.timestamp,
        signal: lease.signal,
        progress: (value) => job.updateProgress(wrapped(value)),
      });
    } catch (error) {
      throw await this.#inBullsWords(job, lock, lease, error);
    } finally {
      lease.end();
      if (this.#leases.get(key) === lease) this.#leases.delete(key);
    }
  }

  async #inBullsWords(job: Job, lock: string, lease: Lease, error: unknown): Promise<Error> {
    if (lease.held) {
      const failure = error instanceof Error ? error : new Error(String(error));
      return isPermanent(error) ? new this.#bull.UnrecoverableError(failure.message) : failure;
    }
    const handedBack = (lease.signal.reason as { code: string }).code === 'JOB_HANDED_BACK';
    this.#options.onOutcome(handedBack ? 'handed_back' : 'lost');
    // Without the lock, this does nothing but say so.
    await job.moveToWait(lock).catch(this.#options.onError);
    return new this.#bull.WaitingError();
  }
}

function retryDelayOf(failures: number, type: string | undefined, _error: Error | undefined, job: unknown): number {
  const backoff = (type === OUR_BACKOFF && backoffOf(job as Job)) || DEFAULT_BACKOFF;
  return retryDelayMs(backoff, failures, Math.random());
}
