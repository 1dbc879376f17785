import { once } from 'node:events';
import { connect } from 'node:net';

/** What keep-alive clients got. */
export interface Tally {
  readonly statuses: Map<number, number>;
  /** Connections that broke without an answer. */
  broken: number;
  requests: number;
}

/** One request on a connection of its own; 0: there was no answer. */
export async function ask(
  port: number,
  method = 'GET',
  target = '/',
  fields = '',
  body = '',
): Promise<{ status: number; text: string }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
  socket.write(`${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields}${length}\r\n${body}`);
  await once(socket, 'close');
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text };
}

/** `clients` connections, each with one request after the other, until `done` says so. */
export async function keepAsking(
  port: number,
  clients: number,
  method: string,
  done: () => boolean,
  tally: Tally = { statuses: new Map(), broken: 0, requests: 0 },
): Promise<Tally> {
  const body = method === 'GET' ? '' : 'hi';
  const request = `${method} / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (!done()) await oneConnection(port, request, done, tally);
    }),
  );
  return tally;
}

function oneConnection(port: number, request: string, done: () => boolean, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let text = '';
    let waiting = false;
    const next = (): void => {
      if (done()) {
        socket.destroy();
        return;
      }
      waiting = true;
      tally.requests += 1;
      socket.write(request);
    };
    socket.on('connect', next);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (head === -1 || text.length < head + 4 + length) return;
      const status = Number(text.slice(9, 12));
      tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
      const closes = /^connection: close/im.test(text.slice(0, head));
      text = '';
      waiting = false;
      if (closes) socket.destroy();
      else next();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (waiting) tally.broken += 1;
      resolve();
    });
  });
}
