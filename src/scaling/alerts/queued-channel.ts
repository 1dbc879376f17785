import type { AlertChannel, AlertLogger, ChannelStatus, Notification, TestResult } from './alert.ts';
import type { Sender } from './delivery.ts';

export interface QueuedChannelOptions {
  readonly sender: Sender;
  readonly log: AlertLogger;
  readonly attempts?: number;
  /** Before the second attempt; doubles from there to `backoffMaxMs`, each time shortened by up to a half at random. */
  readonly backoffMs?: number;
  readonly backoffMaxMs?: number;
  /** Notifications that may wait; beyond that the oldest is given up. */
  readonly queueLength?: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

const STOPPING = 'the runtime is stopping';
const KEYS_NAMED = 3;

/** Sends notifications one after the other and in order; tries again when the receiver is away or busy. */
export class QueuedChannel implements AlertChannel {
  readonly name: string;
  readonly #options: Required<QueuedChannelOptions>;
  readonly #queue: Notification[] = [];
  #working: Promise<void> | null = null;
  readonly #abort = new AbortController();
  #closed = false;
  readonly #counts = { delivered: 0, failed: 0, dropped: 0 };
  #lastDeliveredAtMs: number | null = null;
  #lastError: string | null = null;

  constructor(options: QueuedChannelOptions) {
    this.name = options.sender.name;
    this.#options = {
      attempts: 5,
      backoffMs: 1_000,
      backoffMaxMs: 30_000,
      queueLength: 100,
      random: Math.random,
      now: Date.now,
      ...options,
    };
  }

  deliver(notification: Notification): void {
    if (this.#closed) {
      this.#drop(notification, STOPPING);
      return;
    }
    this.#queue.push(notification);
    if (this.#queue.length > this.#options.queueLength) {
      this.#drop(this.#queue.shift() as Notification, `more than ${this.#options.queueLength} alerts are waiting`);
    }
    this.#working ??= this.#work();
  }

  async test(notification: Notification): Promise<TestResult> {
    const outcome = await this.#options.sender.send(notification, this.#abort.signal);
    if (outcome.kind === 'delivered') return { channel: this.name, delivered: true, detail: '' };
    this.#lastError = outcome.why;
    return { channel: this.name, delivered: false, detail: outcome.why };
  }

  status(): ChannelStatus {
    return {
      name: this.name,
      waiting: this.#queue.length + (this.#working === null ? 0 : 1),
      ...this.#counts,
      lastDeliveredAtMs: this.#lastDeliveredAtMs,
      lastError: this.#lastError,
    };
  }

  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    if (this.#working === null) return;
    const timer = setTimeout(() => this.#abort.abort(), deadlineMs);
    await this.#working;
    clearTimeout(timer);
    for (const notification of this.#queue.splice(0)) this.#drop(notification, STOPPING);
  }

  async #work(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      await this.#deliverWithRetries(next);
      if (this.#abort.signal.aborted) break;
    }
    this.#working = null;
  }

  async #deliverWithRetries(notification: Notification): Promise<void> {
    const { sender, attempts, now } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await sender.send(notification, this.#abort.signal);
      if (outcome.kind === 'delivered') {
        this.#counts.delivered += 1;
        this.#lastDeliveredAtMs = now();
        return;
      }
      this.#lastError = outcome.why;
      if (this.#abort.signal.aborted) return this.#fail(notification, STOPPING);
      if (outcome.kind === 'refused') return this.#fail(notification, outcome.why);
      if (attempt === attempts) return this.#fail(notification, `${outcome.why}, ${attempts} times`);
      await this.#pause(Math.max(this.#backoffMs(attempt), outcome.retryAfterMs));
    }
  }

  #backoffMs(attempt: number): number {
    const { backoffMs, backoffMaxMs, random } = this.#options;
    return Math.min(backoffMs * 2 ** (attempt - 1), backoffMaxMs) * (1 - random() / 2);
  }

  /** Ends early when the channel is closed; keeps no process alive. */
  #pause(delayMs: number): Promise<void> {
    const { signal } = this.#abort;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(delayMs, this.#options.backoffMaxMs));
      timer.unref();
      signal.addEventListener('abort', done);
    });
  }

  #fail(notification: Notification, why: string): void {
    this.#counts.failed += 1;
    this.#giveUp(notification, why);
  }

  #drop(notification: Notification, why: string): void {
    this.#counts.dropped += 1;
    this.#giveUp(notification, why);
  }

  #giveUp({ alerts }: Notification, why: string): void {
    const { sender, log } = this.#options;
    const named = alerts.slice(0, KEYS_NAMED).map(({ key, state }) => `"${key}" (${state})`);
    const more = alerts.length > KEYS_NAMED ? ` and ${alerts.length - KEYS_NAMED} more` : '';
    log('warn', `the ${sender.label} did not get ${named.join(', ')}${more}: ${why}`, { channel: this.name });
  }
}
