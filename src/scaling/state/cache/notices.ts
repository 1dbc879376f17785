import { randomUUID } from 'node:crypto';
import type { Message, PubSub } from '../pubsub/index.ts';
import type { Unsubscribe } from '../shared-state.ts';
import type { Target } from './scope.ts';

/** What became of a load: its value was kept; it was `undefined`; it was not kept (too large, or invalidated meanwhile); the loader threw. */
export type LoadEnd =
  | { readonly how: 'kept' | 'undefined' | 'unkept' }
  | { readonly how: 'failed'; readonly name: string; readonly message: string; readonly code?: string };

/** What the processes of a cache tell each other. `from` names a cache object, of which a process may have several. */
type Notice =
  | { readonly kind: 'drop'; readonly from: string; readonly target: Target }
  | { readonly kind: 'end'; readonly from: string; readonly owner: string; readonly end: LoadEnd };

export interface NoticeHandler {
  /** Another process invalidated. */
  readonly onDrop: (target: Target) => void;
  /** Messages were missed: invalidations may be among them. */
  readonly onGap: () => void;
}

/** The cache's channel: invalidations to every process, and the ends of loads to those that wait for them. */
export class Notices {
  readonly #pubsub: PubSub;
  readonly #channel: string;
  readonly #handler: NoticeHandler;
  readonly #from = randomUUID();
  readonly #waiting = new Map<string, (end: LoadEnd) => void>();

  constructor(pubsub: PubSub, name: string, handler: NoticeHandler) {
    this.#pubsub = pubsub;
    this.#channel = `cache:${name}`;
    this.#handler = handler;
  }

  /** Resolves when notices begin to come. */
  open(): Promise<Unsubscribe> {
    return this.#pubsub.subscribe(this.#channel, (message) => this.#receive(message));
  }

  async drop(target: Target, timeoutMs: number): Promise<void> {
    await this.#publish({ kind: 'drop', from: this.#from, target }, timeoutMs);
  }

  /** `owner` is the token of the lock under which the load ran. */
  async end(owner: string, end: LoadEnd, timeoutMs: number): Promise<void> {
    await this.#publish({ kind: 'end', from: this.#from, owner, end }, timeoutMs);
  }

  /** The end of the load under `owner`'s lock, or undefined after `waitMs`. One at a time for an owner, which a process's flights ensure. */
  endOf(owner: string, waitMs: number): { readonly end: Promise<LoadEnd | undefined>; readonly cancel: () => void } {
    let settle: (end: LoadEnd | undefined) => void = () => undefined;
    const end = new Promise<LoadEnd | undefined>((resolve) => {
      settle = resolve;
    });
    const done = (told: LoadEnd | undefined): void => {
      clearTimeout(timer);
      if (this.#waiting.get(owner) === done) this.#waiting.delete(owner);
      settle(told);
    };
    const timer = setTimeout(() => done(undefined), waitMs);
    this.#waiting.set(owner, done);
    return { end, cancel: () => done(undefined) };
  }

  async #publish(notice: Notice, timeoutMs: number): Promise<void> {
    await this.#pubsub.publish(this.#channel, notice, { timeoutMs });
  }

  #receive(message: Message): void {
    if (message.lost > 0) this.#handler.onGap();
    const notice = message.data as Notice;
    if (notice.kind === 'end') this.#waiting.get(notice.owner)?.(notice.end);
    else if (notice.from !== this.#from) this.#handler.onDrop(notice.target);
  }
}
