/** Requests to the control API as a client makes them, with every header in the test's hand. */
import { type IncomingHttpHeaders, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';

export type Target =
  | {
      readonly port: number;
      readonly host?: string /** Speaks TLS and trusts this certificate. */;
      readonly ca?: string;
    }
  | { readonly socketPath: string };

export interface Exchange {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** What a client may see of an answer that never ends, and of any other: its head. */
export type Head = Pick<Reply, 'status' | 'headers'>;

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of the body, it asserts
  readonly json: any;
}

/** One request on a connection of its own. */
export function send(
  target: Target,
  path: string,
  { method = 'GET', headers = {}, body }: Exchange = {},
): Promise<Reply> {
  const payload = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const type = payload === undefined ? {} : { 'Content-Type': 'application/json' };
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      servername: 'localhost',
      ...target,
      path,
      method,
      agent: false,
      headers: { ...type, ...headers },
    };
    const ask = 'ca' in target && target.ca !== undefined ? secureRequest : request;
    const outgoing = ask(options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        const isJson = /[/+]json(;|$)/.test(incoming.headers['content-type'] ?? '') && text !== '';
        const json = isJson ? JSON.parse(text) : undefined;
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

/** The head of an answer; the rest is not waited for, as streams have no end. */
export function sendForHead(
  target: Target,
  path: string,
  { method = 'GET', headers = {} }: Exchange = {},
): Promise<Head> {
  return new Promise((resolve, reject) => {
    const ask = 'ca' in target && target.ca !== undefined ? secureRequest : request;
    const outgoing = ask(
      { host: '127.0.0.1', servername: 'localhost', ...target, path, method, agent: false, headers },
      (incoming) => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers });
        incoming.on('error', () => {});
        outgoing.destroy();
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Sends bytes and half-closes; resolves to everything that came back until the server closed. */
export function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server may well reset a connection that sent it garbage.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}
