import type { Alert, AlertChannel, AlertLogger } from './alert.ts';
import type { WebhookBody } from './webhook-body.ts';

export interface WebhookChannelOptions {
  readonly name: string;
  /** A secret: whoever knows it can post. It never stands in a log or an error. */
  readonly url: string;
  readonly body: WebhookBody;
  readonly log: AlertLogger;
  /** For one attempt. */
  readonly timeoutMs?: number;
  readonly attempts?: number;
  /** Before the second attempt; doubles from there to `backoffMaxMs`, each time shortened by up to a half at random. */
  readonly backoffMs?: number;
  readonly backoffMaxMs?: number;
  /** Alerts that may wait; beyond that the oldest is given up. */
  readonly queueLength?: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/** The webhook's address in the configuration is no http(s) URL. */
export class WebhookUrlError extends Error {
  readonly code = 'WEBHOOK_URL';

  constructor(channel: string) {
    super(`the URL of the ${channel} webhook is not valid; it must begin with https:// or http://`);
    this.name = 'WebhookUrlError';
  }
}

const STOPPING = 'the runtime is stopping';

type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string; readonly retryAfterMs: number };

/** Posts alerts to a URL, one after the other and in order; tries again when the receiver is away or busy. */
export class WebhookChannel implements AlertChannel {
  readonly name: string;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #options: Required<WebhookChannelOptions>;
  readonly #queue: Alert[] = [];
  #working: Promise<void> | null = null;
  readonly #abort = new AbortController();
  #closed = false;

  /** @throws WebhookUrlError */
  constructor(options: WebhookChannelOptions) {
    this.name = options.name;
    this.#url = parseUrl(options);
    this.#headers = { 'content-type': 'application/json', ...takeCredentials(this.#url) };
    this.#options = {
      timeoutMs: 5_000,
      attempts: 5,
      backoffMs: 1_000,
      backoffMaxMs: 30_000,
      queueLength: 100,
      random: Math.random,
      ...options,
    };
  }

  deliver(alert: Alert): void {
    if (this.#closed) {
      this.#giveUp(alert, STOPPING);
      return;
    }
    this.#queue.push(alert);
    if (this.#queue.length > this.#options.queueLength) {
      this.#giveUp(this.#queue.shift() as Alert, `more than ${this.#options.queueLength} alerts are waiting`);
    }
    this.#working ??= this.#work();
  }

  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    if (this.#working === null) return;
    const timer = setTimeout(() => this.#abort.abort(), deadlineMs);
    await this.#working;
    clearTimeout(timer);
    for (const alert of this.#queue.splice(0)) this.#giveUp(alert, STOPPING);
  }

  async #work(): Promise<void> {
    for (let alert = this.#queue.shift(); alert !== undefined; alert = this.#queue.shift()) {
      await this.#deliverWithRetries(alert);
      if (this.#abort.signal.aborted) break;
    }
    this.#working = null;
  }

  async #deliverWithRetries(alert: Alert): Promise<void> {
    const { attempts } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(alert);
      if (outcome.kind === 'delivered') return;
      if (this.#abort.signal.aborted) return this.#giveUp(alert, STOPPING);
      if (outcome.kind === 'refused') return this.#giveUp(alert, outcome.why);
      if (attempt === attempts) return this.#giveUp(alert, `${outcome.why}, ${attempts} times`);
      await this.#pause(Math.max(this.#backoffMs(attempt), outcome.retryAfterMs));
    }
  }

  async #attempt(alert: Alert): Promise<Outcome> {
    const { body, timeoutMs } = this.#options;
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body: JSON.stringify(body(alert)),
        // A redirect would carry the alert to an address nobody configured.
        redirect: 'manual',
        signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]),
      });
      // Nobody reads the body; that it ends early does not undo the delivery.
      await response.body?.cancel().catch(() => {});
      return judge(response);
    } catch (error) {
      return { kind: 'failed', why: nameOf(error), retryAfterMs: 0 };
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

  #giveUp({ key, state }: Alert, why: string): void {
    this.#options.log('warn', `the ${this.name} webhook did not get "${key}" (${state}): ${why}`, {
      channel: this.name,
    });
  }
}

function parseUrl({ name, url }: WebhookChannelOptions): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') throw new WebhookUrlError(name);
  return parsed;
}

/** fetch refuses a URL with a user and password in it; they belong into a header. */
function takeCredentials(url: URL): Readonly<Record<string, string>> {
  if (url.username === '' && url.password === '') return {};
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function judge({ status, ok, headers }: Response): Outcome {
  if (ok) return { kind: 'delivered' };
  const why = `it answered ${status}`;
  if (status !== 408 && status !== 429 && status < 500) return { kind: 'refused', why };
  const retryAfterSeconds = Number(headers.get('retry-after') ?? 0);
  return { kind: 'failed', why, retryAfterMs: Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1000 : 0 };
}

/** The code or name of an error only: messages of fetch may hold the URL. */
function nameOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (typeof code === 'string') return code;
  return error instanceof Error ? error.name : 'an unknown error';
}
