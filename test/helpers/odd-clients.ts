import type { HttpConnection } from './http-connection.ts';
import type { LoadClient } from './load.ts';
import {
  demandOk,
  type Exchange,
  echo,
  exchangeAll,
  identity,
  onConnections,
  REQUEST_TIMEOUT_MS,
  settle,
} from './load-clients.ts';

const MIB = 1_048_576;
/** What `/big` and `/whole` of the fixture send, MiB by MiB. */
const PATTERN = Buffer.from(Uint8Array.from({ length: MIB }, (_, index) => index % 251));
/** A connection's own buffers take some megabytes at once; what a slow reader takes after that comes at its pace. */
const SLOW_TIMEOUT_MS = 60_000;

/** Readers of `mib` MiB that take about `overMs` for it, check every byte, and then use the connection once more. */
export function slowReaders(options: {
  readonly path: '/big' | '/whole';
  readonly readers: number;
  readonly mib: number;
  readonly overMs: number;
}): LoadClient[] {
  const { path, readers, mib, overMs } = options;
  return Array.from({ length: readers }, (): LoadClient => {
    return (context) =>
      onConnections(context, async (connection, served) => {
        const body = new PatternReader(connection, mib * MIB, overMs);
        const answer = connection.response(SLOW_TIMEOUT_MS, (chunk) => body.take(chunk));
        connection.write(`GET ${path}?mb=${mib} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
        const exchange: Exchange = {
          text: '',
          check(response) {
            demandOk(response);
            body.finish();
            return null;
          },
        };
        if (!(await settle(context, connection, exchange, Date.now(), served, answer))) return false;
        // Not answered in time to drain, unless the connection moves on right after the last byte.
        if (connection.isOpen) await exchangeAll(context, connection, [identity('/')], served);
        return true;
      });
  });
}

/** Clients that send a head, or a body, in two halves with a pause of about `pauseMs` between them. */
export function halfHeads(options: { readonly connections: number; readonly pauseMs: number }): LoadClient[] {
  const { connections, pauseMs } = options;
  return Array.from({ length: connections }, (_, index): LoadClient => {
    return (context) =>
      onConnections(context, async (connection, served) => {
        const exchange = context.random.next() < 0.5 ? identity('/') : echo(`half ${index}`);
        const split = context.random.integer(1, exchange.text.length - 1);
        const answer = connection.response(REQUEST_TIMEOUT_MS);
        const settled = settle(context, connection, exchange, Date.now(), served, answer);
        connection.write(exchange.text.slice(0, split));
        await context.pause(pauseMs * (0.5 + context.random.next()));
        connection.write(exchange.text.slice(split));
        if (!(await settled)) return false;
        await context.pause(context.random.next() * 50);
        return true;
      });
  });
}

/** Listeners of event streams that end by themselves after `streamMs`; the connection is used again afterwards. */
export function eventStreams(options: { readonly connections: number; readonly streamMs: number }): LoadClient[] {
  const { connections, streamMs } = options;
  return Array.from({ length: connections }, (): LoadClient => {
    return (context) =>
      onConnections(context, async (connection, served) => {
        const stream: Exchange = {
          text: `GET /sse?ms=${streamMs} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
          check(response) {
            demandOk(response);
            return checkEvents(response.body.toString());
          },
        };
        return (
          (await exchangeAll(context, connection, [stream], served)) &&
          (await exchangeAll(context, connection, [identity('/')], served))
        );
      });
  });
}

/** Clients that connect and say nothing for `silentMs`, then ask once and leave. */
export function lateSpeakers(options: { readonly connections: number; readonly silentMs: number }): LoadClient[] {
  const { connections, silentMs } = options;
  return Array.from({ length: connections }, (): LoadClient => {
    return (context) =>
      onConnections(context, async (connection, served) => {
        await context.pause(silentMs * (0.5 + context.random.next()));
        await exchangeAll(context, connection, [identity('/')], served);
        return false;
      });
  });
}

/** Gives the pid of the stream's worker; throws when an event is missing, doubled or from somebody else. */
function checkEvents(text: string): number {
  const events = text.split('\n\n').filter((event) => event !== '');
  if (events.pop() !== 'event: end\ndata: {}') throw new Error(`the stream has no end: ${text.slice(-80)}`);
  const pids = new Set<number>();
  for (const [index, event] of events.entries()) {
    const { event: number, pid } = JSON.parse(event.slice('data: '.length)) as { event: number; pid: number };
    if (number !== index + 1) throw new Error(`event ${number} came as number ${index + 1}`);
    pids.add(pid);
  }
  const [pid] = pids;
  if (pid === undefined || pids.size > 1) throw new Error(`a stream from ${pids.size} workers`);
  return pid;
}

/** Checks a long body byte by byte while it reads it slowly. */
class PatternReader {
  readonly #connection: HttpConnection;
  readonly #lengthBytes: number;
  readonly #msPerByte: number;
  readonly #startedAtMs = Date.now();
  #readBytes = 0;
  #isBroken = false;

  constructor(connection: HttpConnection, lengthBytes: number, overMs: number) {
    this.#connection = connection;
    this.#lengthBytes = lengthBytes;
    this.#msPerByte = overMs / lengthBytes;
  }

  take(chunk: Buffer): void {
    for (let from = 0; from < chunk.length; ) {
      const at = (this.#readBytes + from) % MIB;
      const length = Math.min(chunk.length - from, MIB - at);
      if (chunk.compare(PATTERN, at, at + length, from, from + length) !== 0) this.#isBroken = true;
      from += length;
    }
    this.#readBytes += chunk.length;
    const aheadMs = this.#readBytes * this.#msPerByte - (Date.now() - this.#startedAtMs);
    if (aheadMs < 5) return;
    const { socket } = this.#connection;
    socket.pause();
    setTimeout(() => socket.resume(), aheadMs);
  }

  finish(): void {
    if (this.#isBroken) throw new Error('the body differs from what the app sent');
    if (this.#readBytes !== this.#lengthBytes) throw new Error(`${this.#readBytes} bytes of ${this.#lengthBytes}`);
  }
}
