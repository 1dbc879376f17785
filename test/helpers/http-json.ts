import { once } from 'node:events';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { until } from './runtime.ts';

export interface JsonAnswer<T> {
  readonly status: number;
  readonly body: T;
  readonly response: IncomingMessage;
}

type Target = RequestOptions & { readonly rejectUnauthorized?: boolean };

/** What every fixture app says of itself. */
export interface Identity {
  readonly pid: number;
  readonly slot: string | null;
  readonly isWorker: boolean;
  readonly workerId: number | null;
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  readonly localAddress: string | null;
  readonly localPort: number | null;
}

/** Asks once over a connection of its own, or over `agent`'s; the answer must be JSON. */
export async function askJson<T = Identity>(target: Target, body?: unknown): Promise<JsonAnswer<T>> {
  const { request } = target.protocol === 'https:' ? https : http;
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const sending = request({
    host: '127.0.0.1',
    agent: false,
    method: body === undefined ? 'GET' : 'POST',
    ...target,
    headers: { ...headers, ...target.headers },
  });
  sending.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode ?? 0, body: JSON.parse(text) as T, response };
}

/** Opens connections, several at a time, until answers of `workers` different processes have come; resolves with one of each. */
export async function askEveryWorker<T extends { readonly pid: number }>(
  workers: number,
  ask: () => Promise<T>,
): Promise<readonly T[]> {
  const seen = new Map<number, T>();
  await until(`answers of ${workers} workers`, async () => {
    for (const answer of await Promise.all(Array.from({ length: 8 }, ask))) seen.set(answer.pid, answer);
    return seen.size >= workers;
  });
  return [...seen.values()];
}
