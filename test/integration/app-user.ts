/** A user of the reference app as its page would be one: a session cookie, and a connection to `/realtime` that comes back by itself. */
import { once } from 'node:events';
import { type RawData, WebSocket } from 'ws';
import { until } from '../helpers/runtime.ts';

export interface RealtimeMessage {
  readonly type: string;
  readonly id?: string;
  readonly text?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly room?: string;
  readonly initiator?: boolean;
  readonly kind?: string;
  readonly data?: unknown;
  readonly partner?: { readonly id: string; readonly name: string };
  readonly worker?: { readonly pid: number };
  readonly conversation?: { readonly room: string; readonly partner: { readonly name: string } } | null;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export class AppUser {
  readonly name: string;
  readonly #url: string;
  cookie = '';
  socket: WebSocket | null = null;
  readonly messages: RealtimeMessage[] = [];
  /** Texts of the partner, each once, in the order in which they came first. */
  readonly heard: string[] = [];
  readonly #seen = new Set<string>();
  readonly #undelivered = new Map<string, string>();
  #said = 0;

  constructor(url: string, name: string) {
    this.#url = url;
    this.name = name;
  }

  async ask<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        cookie: this.cookie,
        connection: 'close',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) this.cookie = set.split(';', 1)[0] ?? '';
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? null : JSON.parse(text)) as T };
  }

  async logIn(password = 'secret'): Promise<void> {
    const { status, body } = await this.ask('POST', '/api/login', { name: this.name, password });
    if (status !== 200) throw new Error(`log-in of ${this.name}: ${status} ${JSON.stringify(body)}`);
  }

  /** Connects and waits for `ready`, which it returns. */
  async connect(headers: Readonly<Record<string, string>> = {}): Promise<RealtimeMessage> {
    const socket = new WebSocket(`${this.#url.replace('http', 'ws')}/realtime`, {
      headers: { cookie: this.cookie, ...headers },
    });
    const ready = new Promise<RealtimeMessage>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('closed before ready')));
      socket.on('message', (data: RawData) => {
        const message = JSON.parse(data.toString()) as RealtimeMessage;
        this.messages.push(message);
        if (message.type === 'ready') resolve(message);
        else this.#hear(message);
      });
    });
    const message = await ready;
    this.socket = socket;
    if (message.conversation) for (const [id, text] of this.#undelivered) this.send({ type: 'say', id, text });
    return message;
  }

  /** As the page does: again and again until some worker lets it in. */
  async reconnect(): Promise<RealtimeMessage> {
    return until('a connection', () => this.connect().catch(() => null), 15_000);
  }

  send(message: object): void {
    this.socket?.send(JSON.stringify(message));
  }

  /** Says it, and keeps it until it is delivered. */
  say(text: string): void {
    this.#said += 1;
    const id = `${this.name}.${this.#said}`;
    this.#undelivered.set(id, text);
    this.send({ type: 'say', id, text });
  }

  /** Says again what is not delivered, as the page does every few seconds. */
  sayAgain(): void {
    for (const [id, text] of this.#undelivered) this.send({ type: 'say', id, text });
  }

  get undelivered(): number {
    return this.#undelivered.size;
  }

  /** The first message of the type from `from` on, past or to come. */
  next(type: string, from = 0): Promise<RealtimeMessage> {
    return until(`${type} for ${this.name}`, () => this.messages.slice(from).find((message) => message.type === type));
  }

  async disconnect(): Promise<void> {
    const { socket } = this;
    this.socket = null;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    socket.close();
    await once(socket, 'close');
  }

  #hear(message: RealtimeMessage): void {
    if (message.type === 'delivered' && message.id !== undefined) this.#undelivered.delete(message.id);
    if (message.type !== 'said' || message.id === undefined) return;
    this.send({ type: 'received', id: message.id });
    if (this.#seen.has(message.id)) return;
    this.#seen.add(message.id);
    this.heard.push(message.text ?? '');
  }
}
