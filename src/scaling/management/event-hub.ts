/** Server-sent events: one subscription to the runtime and one heartbeat for all clients, and neither while there is none. */
import type { ServerResponse } from 'node:http';
import { ProblemError } from './problem.ts';
import type { EventSource } from './services.ts';

/** A client that has this much unread is too slow and is disconnected; it may come again and starts with the present. */
export const MAX_UNREAD_BYTES = 256 * 1024;
export const MAX_CLIENTS = 64;
/** Tells a browser how long to wait before it comes again. */
const RETRY_MS = 3_000;

export class EventHub {
  readonly #source: EventSource;
  readonly #heartbeatMs: number;
  readonly #clients = new Set<ServerResponse>();
  #unsubscribe: (() => void) | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param heartbeatMs how often a comment line keeps the connections alive through proxies */
  constructor(source: EventSource, heartbeatMs: number) {
    this.#source = source;
    this.#heartbeatMs = heartbeatMs;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /**
   * Starts the event stream on this response.
   * @throws ProblemError 503 TOO_MANY_STREAMS or STOPPING
   */
  add(response: ServerResponse): void {
    if (this.#closed) throw new ProblemError(503, 'STOPPING', 'The control API is closing');
    if (this.#clients.size >= MAX_CLIENTS) {
      throw new ProblemError(503, 'TOO_MANY_STREAMS', `${MAX_CLIENTS} event streams are open, which is the limit`);
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.#clients.add(response);
    response.once('close', () => this.#remove(response));
    if (this.#clients.size === 1) this.#wake();
  }

  /** Ends every stream and takes no more. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.end();
    this.#clients.clear();
    this.#sleep();
  }

  #wake(): void {
    this.#unsubscribe = this.#source.subscribe((event, data) => this.#send(frame(event, data)));
    this.#beatLater();
  }

  #sleep(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearTimeout(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  #beatLater(): void {
    this.#heartbeat = setTimeout(() => {
      this.#send(': alive\n\n');
      if (this.#clients.size > 0) this.#beatLater();
    }, this.#heartbeatMs);
    this.#heartbeat.unref();
  }

  #remove(client: ServerResponse): void {
    if (this.#clients.delete(client) && this.#clients.size === 0) this.#sleep();
  }

  #send(text: string): void {
    for (const client of this.#clients) {
      if (client.writableLength > MAX_UNREAD_BYTES) client.destroy();
      else client.write(text);
    }
  }
}

function frame(event: string, data: object): string {
  return `event: ${event.replace(/[\r\n]/g, ' ')}\ndata: ${JSON.stringify(data)}\n\n`;
}
