import type { Outcome, Sender } from './delivery.ts';
import type { WebhookBody } from './webhook-body.ts';

export interface WebhookOptions {
  readonly name: string;
  /** A secret: whoever knows it can post. It never stands in a log or an error. */
  readonly url: string;
  readonly body: WebhookBody;
  /** For one attempt. */
  readonly timeoutMs?: number;
}

/** The webhook's address in the configuration is no http(s) URL. */
export class WebhookUrlError extends Error {
  readonly code = 'WEBHOOK_URL';

  constructor(channel: string) {
    super(`the URL of the ${channel} webhook is not valid; it must begin with https:// or http://`);
    this.name = 'WebhookUrlError';
  }
}

/**
 * Posts notifications to a URL.
 * @throws WebhookUrlError
 */
export function webhookSender(options: WebhookOptions): Sender {
  const { name, body, timeoutMs = 5_000 } = options;
  const url = parseUrl(options);
  const headers = { 'content-type': 'application/json', ...takeCredentials(url) };
  return {
    name,
    label: `${name} webhook`,
    send: async (notification, signal) => {
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers,
          body: JSON.stringify(body(notification)),
          // A redirect would carry the alert to an address nobody configured.
          redirect: 'manual',
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        // Nobody reads the body; that it ends early does not undo the delivery.
        await response.body?.cancel().catch(() => {});
        return judge(response);
      } catch (error) {
        return { kind: 'failed', why: nameOf(error), retryAfterMs: 0 };
      }
    },
  };
}

function parseUrl({ name, url }: WebhookOptions): URL {
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
