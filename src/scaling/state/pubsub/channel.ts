import type { Unsubscribe } from '../shared-state.ts';
import { decodeEnvelope, Message } from './message.ts';
import { SequenceCheck } from './sequence-check.ts';

/** Gets a message. What it throws, or rejects with, goes to `onError` and to nobody else. */
export type Listener = (message: Message) => void | Promise<void>;

/** What happened on all channels of a PubSub. */
export interface Tally {
  published: number;
  received: number;
  delivered: number;
  lost: number;
  late: number;
  malformed: number;
  listenerErrors: number;
}

export interface ChannelContext {
  readonly instanceId: string;
  readonly tally: Tally;
  readonly onError: (error: unknown, channel: string) => void;
}

interface Registration {
  readonly listener: Listener;
  readonly own: boolean;
}

/** One channel of a process: the one subscription under it, and who shares it. */
export class Channel {
  readonly #name: string;
  readonly #context: ChannelContext;
  readonly #registrations = new Set<Registration>();
  readonly #sequences = new SequenceCheck();
  readonly #subscription: Promise<Unsubscribe>;

  /** `subscribe` is called once, at once. */
  constructor(
    name: string,
    context: ChannelContext,
    subscribe: (receive: (bytes: Buffer) => void) => Promise<Unsubscribe>,
  ) {
    this.#name = name;
    this.#context = context;
    this.#subscription = subscribe((bytes) => this.#receive(bytes));
    // Whoever listens awaits `ready`; one that has gone meanwhile must not turn a failure into an unhandled rejection.
    this.#subscription.catch(() => undefined);
  }

  /** Resolves when messages begin to come. */
  async ready(): Promise<void> {
    await this.#subscription;
  }

  get size(): number {
    return this.#registrations.size;
  }

  add(listener: Listener, own: boolean): () => void {
    const registration = { listener, own };
    this.#registrations.add(registration);
    return () => {
      this.#registrations.delete(registration);
    };
  }

  /**
   * Ends the subscription; one that never came about needs no end. Doesn't fail: nobody is called any more, whether the store could be told
   * or not, and who leaves on a socket's close has nobody to tell.
   */
  async end(): Promise<void> {
    this.#registrations.clear();
    await this.#subscription.then((unsubscribe) => unsubscribe()).catch(() => undefined);
  }

  #receive(bytes: Buffer): void {
    const { tally, instanceId } = this.#context;
    const envelope = decodeEnvelope(bytes);
    if (envelope === undefined) {
      tally.malformed += 1;
      return;
    }
    tally.received += 1;
    const verdict = this.#sequences.see(envelope.publisher, envelope.sequence);
    if (verdict.kind === 'late') tally.late += 1;
    const lost = verdict.kind === 'next' ? verdict.lost : 0;
    tally.lost += lost;
    const own = envelope.publisher === instanceId;
    const message = new Message(this.#name, envelope, own, lost);
    // A Set may be changed while it is walked: a listener that leaves is not called, one that joins gets this message too.
    for (const registration of this.#registrations) {
      if (!own || registration.own) this.#deliver(registration.listener, message);
    }
  }

  #deliver(listener: Listener, message: Message): void {
    this.#context.tally.delivered += 1;
    try {
      const result = listener(message);
      if (result instanceof Promise) result.catch((error: unknown) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#context.tally.listenerErrors += 1;
    this.#context.onError(error, this.#name);
  }
}
