import type { HttpConnection, HttpResponse } from './http-connection.ts';
import type { LoadClient, LoadContext } from './load.ts';

/** Nothing that a drain does may take this long; a client that waits longer is stranded. */
export const REQUEST_TIMEOUT_MS = 15_000;

/** A request and the judge of its response: it gives the pid of the worker if the body tells, or throws. */
export interface Exchange {
  readonly text: string;
  check(response: HttpResponse, connection: HttpConnection): number | null;
}

interface KeepAliveOptions {
  readonly connections: number;
  readonly maxThinkMs?: number;
}

/** Keep-alive connections, each with one request at a time, after a pause of up to `maxThinkMs`; every fourth has no pause. */
export function keepAlive(options: KeepAliveOptions): LoadClient[] {
  return keepAliveWith(options, (client, { random }) => {
    const number = random.integer(0, 1_000_000);
    return number % 3 === 0 ? echo(`${client}/${number}`) : identity('/');
  });
}

/** The same, for an app that only answers `GET /`. */
export function keepAliveGets(options: KeepAliveOptions): LoadClient[] {
  return keepAliveWith(options, () => identity('/'));
}

function keepAliveWith(
  { connections, maxThinkMs = 20 }: KeepAliveOptions,
  next: (client: number, context: LoadContext) => Exchange,
): LoadClient[] {
  return Array.from({ length: connections }, (_, index): LoadClient => {
    const thinkMs = index % 4 === 0 ? 0 : maxThinkMs;
    return (context) =>
      onConnections(context, async (connection, served) => {
        if (!(await exchangeAll(context, connection, [next(index, context)], served))) return false;
        if (thinkMs > 0) await context.pause(context.random.next() * thinkMs);
        return true;
      });
  });
}

/** Clients that open a connection for each request. */
export function perRequest(options: { readonly clients: number; readonly maxThinkMs?: number }): LoadClient[] {
  const { clients, maxThinkMs = 10 } = options;
  return Array.from({ length: clients }, (): LoadClient => {
    return (context) =>
      onConnections(context, async (connection, served) => {
        await exchangeAll(context, connection, [identity('/')], served);
        await context.pause(context.random.next() * maxThinkMs);
        return false;
      });
  });
}

/** Clients that write up to `depth` requests in one go, and split some of them at any byte; responses come in order. */
export function pipelining(options: { readonly connections: number; readonly depth: number }): LoadClient[] {
  return Array.from({ length: options.connections }, (_, index): LoadClient => {
    return (context) =>
      onConnections(context, async (connection, served) => {
        const length = context.random.integer(2, options.depth);
        const batch = Array.from({ length }, (_, position) =>
          context.random.next() < 0.5
            ? identity('/')
            : echo(`${index}/${position}/${context.random.integer(0, 1_000_000)}`),
        );
        if (!(await exchangeAll(context, connection, batch, served))) return false;
        await context.pause(context.random.next() * 20);
        return true;
      });
  });
}

/** What one connection has served so far. */
export interface Served {
  readonly connectedAtMs: number;
  pid: number | null;
}

/** Runs `turn` again and again on one connection, and on a next one when it says false or the server has ended it. */
export async function onConnections(
  context: LoadContext,
  turn: (connection: HttpConnection, served: Served) => Promise<boolean>,
): Promise<void> {
  while (!context.isStopping) {
    const connection = await context.open();
    if (connection === null) {
      await context.pause(50);
      continue;
    }
    const served: Served = { connectedAtMs: Date.now(), pid: null };
    let goesOn = true;
    while (goesOn && connection.isOpen && !context.isStopping) goesOn = await turn(connection, served);
    await context.release(connection);
  }
}

/** Sends the requests in one go, counts each as answered or lost; false when one was lost. */
export async function exchangeAll(
  context: LoadContext,
  connection: HttpConnection,
  exchanges: readonly Exchange[],
  served: Served,
): Promise<boolean> {
  const sentAtMs = Date.now();
  const text = exchanges.map((exchange) => exchange.text).join('');
  const answers = exchanges.map((exchange) =>
    settle(context, connection, exchange, sentAtMs, served, connection.response(REQUEST_TIMEOUT_MS)),
  );
  const split = context.random.integer(1, text.length - 1);
  if (exchanges.length > 1 && context.random.next() < 0.3) {
    connection.write(text.slice(0, split));
    await new Promise((resolve) => setImmediate(resolve));
    connection.write(text.slice(split));
  } else {
    connection.write(text);
  }
  const outcomes = await Promise.all(answers);
  return outcomes.every((isAnswered) => isAnswered);
}

/** Counts one request as answered or lost. */
export async function settle(
  { tally }: LoadContext,
  connection: HttpConnection,
  exchange: Exchange,
  sentAtMs: number,
  served: Served,
  answer: Promise<HttpResponse>,
): Promise<boolean> {
  tally.requests += 1;
  try {
    const pid = exchange.check(await answer, connection);
    tally.answered(sentAtMs, pid);
    if (pid !== null) served.pid = pid;
    return true;
  } catch (error) {
    const { code = 'BODY', message } = error as { code?: string; message: string };
    const { pid, connectedAtMs } = served;
    tally.losses.push({ code, message, pid, sentAtMs, lostAtMs: Date.now(), connectedAtMs });
    return false;
  }
}

/** A response with another status than 200. */
class StatusError extends Error {
  readonly code: string;

  constructor({ status, body }: HttpResponse) {
    super(`status ${status}: ${body.toString().slice(0, 200)}`);
    this.code = `STATUS_${status}`;
  }
}

export function demandOk(response: HttpResponse): void {
  if (response.status !== 200) throw new StatusError(response);
}

/** A GET whose response names the worker, and this very connection: its port must survive every move. */
export function identity(path: string): Exchange {
  return {
    text: `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    check(response, { socket }) {
      demandOk(response);
      const { pid, remotePort } = JSON.parse(response.body.toString()) as { pid: number; remotePort: number };
      if (remotePort !== socket.localPort)
        throw new Error(`the answer is for port ${remotePort}, not ${socket.localPort}`);
      return pid;
    },
  };
}

/** A POST whose body comes back: the answer belongs to exactly this request. */
export function echo(id: string): Exchange {
  const body = `${id}:${'x'.repeat(id.length * 37)}`;
  return {
    text: `POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    check(response) {
      demandOk(response);
      if (response.body.toString() !== body)
        throw new Error(`asked for ${id}, got ${response.body.toString().slice(0, 60)}`);
      return null;
    },
  };
}
