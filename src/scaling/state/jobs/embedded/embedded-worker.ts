import { retryDelayMs } from '../backoff.ts';
import type { Attempt, AttemptOutcome, DriverWorker, WorkOptions } from '../driver.ts';
import { isPermanent } from '../errors.ts';
import { Lease } from '../lease.ts';
import type { BoardClient } from './board-client.ts';
import type { Claim } from './board-job.ts';
import { wakeChannel } from './board-wire.ts';

/** A wake-up is told at most once; who missed it looks by itself after so long. */
const POLL_MS = 1_000;
const RETRY_MS = 250;

interface Running {
  readonly claim: Claim;
  readonly lease: Lease;
  readonly done: Promise<void>;
}

/** Claims jobs from the board whenever it has room for some, renews what it has, and says how each attempt ended. */
export class EmbeddedWorker implements DriverWorker {
  readonly #queue: string;
  readonly #board: BoardClient;
  readonly #attempt: Attempt;
  readonly #options: WorkOptions;
  /** By token: a job that was lost and claimed again may be here twice. */
  readonly #running = new Map<number, Running>();
  readonly #subscription: Promise<(() => Promise<void>) | undefined>;
  #claiming: Promise<void> | null = null;
  #again = false;
  #closing = false;
  #pollTimer: NodeJS.Timeout | undefined;
  #renewTimer: NodeJS.Timeout | undefined;

  constructor(queue: string, board: BoardClient, attempt: Attempt, options: WorkOptions) {
    this.#queue = queue;
    this.#board = board;
    this.#attempt = attempt;
    this.#options = options;
    this.#subscription = board
      .subscribe(wakeChannel(queue), () => this.#look())
      .catch((error: Error) => {
        options.onError(error);
        return undefined;
      });
    void this.#subscription.then(() => this.#look());
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#pollTimer);
    await this.#claiming;
    const all = () => Promise.all([...this.#running.values()].map(({ done }) => done));
    const timer = setTimeout(() => {
      for (const { lease } of this.#running.values()) lease.handBack();
    }, graceMs);
    await all();
    clearTimeout(timer);
    clearTimeout(this.#renewTimer);
    const unsubscribe = await this.#subscription;
    await unsubscribe?.().catch(this.#options.onError);
  }

  /** Claims as many jobs as there is room for; asked again meanwhile, it looks once more. */
  #look(): void {
    if (this.#closing) return;
    this.#again = true;
    this.#claiming ??= this.#claim().finally(() => {
      this.#claiming = null;
    });
  }

  async #claim(): Promise<void> {
    const { concurrency, leaseMs, onError } = this.#options;
    while (this.#again && !this.#closing) {
      this.#again = false;
      const max = concurrency - this.#running.size;
      if (max === 0) return;
      try {
        const outcome = await this.#board.call('claim', { max, leaseMs });
        for (const claim of outcome.jobs) this.#start(claim);
        if (outcome.jobs.length < max) this.#pollIn(Math.min(POLL_MS, outcome.nextDueInMs ?? POLL_MS));
      } catch (error) {
        onError(error as Error);
        this.#pollIn(RETRY_MS);
      }
    }
  }

  #pollIn(delayMs: number): void {
    clearTimeout(this.#pollTimer);
    if (this.#closing) return;
    this.#pollTimer = setTimeout(() => this.#look(), Math.max(1, delayMs));
    this.#pollTimer.unref();
  }

  #start(claim: Claim): void {
    const lease = new Lease(`job ${claim.id} of queue ${this.#queue}`, this.#options.leaseMs);
    const done = this.#run(claim, lease).then((outcome) => {
      lease.end();
      this.#running.delete(claim.token);
      this.#options.onOutcome(outcome);
      this.#look();
    });
    this.#running.set(claim.token, { claim, lease, done });
    this.#armRenewal();
  }

  async #run(claim: Claim, lease: Lease): Promise<AttemptOutcome> {
    const { id, token, attempt, addedAtMs } = claim;
    const { signal } = lease;
    try {
      const result = await this.#attempt({
        ...{ id, token, attempt, addedAtMs, signal },
        data: JSON.parse(claim.data),
        progress: async (value) => {
          if (!(await this.#board.call('progress', { id, token, value: JSON.stringify(value) }))) lease.lose();
        },
      });
      const value = JSON.stringify(result ?? null);
      return (await this.#report(lease, () => this.#board.call('complete', { id, token, value })))
        ? 'completed'
        : 'lost';
    } catch (error) {
      return this.#failed(claim, lease, error);
    }
  }

  async #failed({ id, token, attempt, backoff }: Claim, lease: Lease, error: unknown): Promise<AttemptOutcome> {
    if (!lease.held) {
      // A lost job's token fits no more, and the board refuses; one that is handed back still does.
      await this.#board.call('handBack', { id, token }).catch(this.#options.onError);
      return (lease.signal.reason as { code: string }).code === 'JOB_HANDED_BACK' ? 'handed_back' : 'lost';
    }
    const failure = {
      error: error instanceof Error ? error.message : String(error),
      retryInMs: retryDelayMs(backoff, attempt, Math.random()),
      permanent: isPermanent(error),
    };
    const told = await this.#report(lease, () => this.#board.call('fail', { id, token, ...failure }));
    return told === null || told === 'stale' ? 'lost' : told;
  }

  /** Tells the board until it answers or the lease is over. */
  async #report<Answer>(lease: Lease, tell: () => Promise<Answer>): Promise<Answer | null> {
    while (lease.held) {
      try {
        return await tell();
      } catch (error) {
        this.#options.onError(error as Error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    return null;
  }

  #armRenewal(): void {
    if (this.#renewTimer !== undefined || this.#running.size === 0) return;
    this.#renewTimer = setTimeout(() => {
      this.#renewTimer = undefined;
      void this.#renew().finally(() => this.#armRenewal());
    }, this.#options.leaseMs / 3);
    this.#renewTimer.unref();
  }

  async #renew(): Promise<void> {
    const held = [...this.#running.values()].filter(({ lease }) => lease.held);
    const leases = held.map(({ claim: { id, token } }) => ({ id, token }));
    try {
      const lost = await this.#board.call('renew', { leases, leaseMs: this.#options.leaseMs });
      for (const { claim, lease } of held) {
        if (lost.includes(claim.id)) lease.lose();
        else lease.renewed();
      }
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }
}
