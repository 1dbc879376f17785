/** Server-sent events: one subscription to the runtime and one heartbeat for all clients, and neither while there is none. */
import type { ServerResponse } from 'node:http';
import type { ClusterStatus } from '../../ipc/status.ts';
import { LiveFeed, type LiveLimits } from './dashboard/live-feed.ts';
import { ProblemError } from './problem.ts';
import type { EventSource, SampleEvent } from './services.ts';

/** A client that has this much unread is too slow and is disconnected; it may come again and starts with the present. */
const MAX_UNREAD_BYTES = 256 * 1024;
export const MAX_CLIENTS = 64;
/** Tells a browser how long to wait before it comes again. */
const RETRY_MS = 3_000;
const ALL_VIEWS: readonly EventView[] = ['samples', 'changes'];

/** `samples`: the whole cluster with each sample; `changes`: the whole once, then what is different. */
export type EventView = 'samples' | 'changes';

interface Client {
  readonly view: EventView;
  readonly isWelcome: () => boolean;
}

/** What the view `changes` is made of. */
export interface Present {
  readonly limits: LiveLimits;
  status(): ClusterStatus;
  nowMs(): number;
}

export class EventHub {
  readonly #source: EventSource;
  readonly #present: Present;
  readonly #heartbeatMs: number;
  readonly #clients = new Map<ServerResponse, Client>();
  /** Undefined while nobody watches changes. */
  #feed: LiveFeed | undefined;
  #unsubscribe: (() => void) | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param heartbeatMs how often a comment line keeps the connections alive through proxies */
  constructor(source: EventSource, present: Present, heartbeatMs: number) {
    this.#source = source;
    this.#present = present;
    this.#heartbeatMs = heartbeatMs;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /**
   * Starts the event stream on this response.
   * @param isWelcome asked with each heartbeat; the stream ends when it says no
   * @throws ProblemError 503 TOO_MANY_STREAMS or STOPPING
   */
  add(response: ServerResponse, view: EventView = 'samples', isWelcome = (): boolean => true): void {
    if (this.#closed) throw new ProblemError(503, 'STOPPING', 'The control API is closing');
    if (this.#clients.size >= MAX_CLIENTS) {
      throw new ProblemError(503, 'TOO_MANY_STREAMS', `${MAX_CLIENTS} event streams are open, which is the limit`);
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
    response.write(`retry: ${RETRY_MS}\n\n`);
    if (view === 'changes') response.write(frame('state', this.#whole()));
    this.#clients.set(response, { view, isWelcome });
    response.once('close', () => this.#remove(response));
    if (this.#clients.size === 1) this.#wake();
  }

  /** Ends every stream and takes no more. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients.keys()) client.end();
    this.#clients.clear();
    this.#sleep();
  }

  #wake(): void {
    this.#unsubscribe = this.#source.subscribe((event, data) => this.#tell(event, data));
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
      this.#dismiss();
      this.#send(': alive\n\n', ALL_VIEWS);
      if (this.#clients.size > 0) this.#beatLater();
    }, this.#heartbeatMs);
    this.#heartbeat.unref();
  }

  /** Ends the streams of those whose session has ended, or whose token has expired. */
  #dismiss(): void {
    for (const [client, { isWelcome }] of this.#clients) {
      if (isWelcome()) continue;
      client.end();
      this.#remove(client);
    }
  }

  #remove(client: ServerResponse): void {
    if (!this.#clients.delete(client)) return;
    if (!this.#isWatched('changes')) this.#feed = undefined;
    if (this.#clients.size === 0) this.#sleep();
  }

  #tell(event: string, data: object): void {
    if (event !== 'sample') {
      this.#send(frame(event, data), ALL_VIEWS);
      return;
    }
    const { cluster, atMs } = data as SampleEvent;
    if (this.#feed !== undefined) this.#send(frame('change', this.#feed.next(cluster, atMs)), ['changes']);
    if (this.#isWatched('samples')) this.#send(frame(event, data), ['samples']);
  }

  /** For one who begins to watch changes: the same that the others know. */
  #whole(): object {
    const { status, limits, nowMs } = this.#present;
    if (this.#feed === undefined) {
      this.#feed = new LiveFeed(limits);
      this.#feed.next(status(), nowMs());
    }
    return this.#feed.whole(nowMs());
  }

  #isWatched(wanted: EventView): boolean {
    return [...this.#clients.values()].some(({ view }) => view === wanted);
  }

  #send(text: string, views: readonly EventView[]): void {
    for (const [client, { view }] of this.#clients) {
      if (!views.includes(view)) continue;
      if (client.writableLength > MAX_UNREAD_BYTES) client.destroy();
      else client.write(text);
    }
  }
}

function frame(event: string, data: object): string {
  return `event: ${event.replace(/[\r\n]/g, ' ')}\ndata: ${JSON.stringify(data)}\n\n`;
}
