import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CallOptions, SharedState, Unsubscribe } from '../shared-state.ts';
import { Channel, type Listener, type Tally } from './channel.ts';
import { checkChannel } from './channels.ts';
import { encodeEnvelope } from './message.ts';

/** How a PubSub is set up. */
export interface PubSubOptions {
  /** Names this process in every message it publishes; without blanks. Default: a random one. */
  readonly instanceId?: string;
  /** Begins every channel's name in the shared state. Default `ps:`. */
  readonly prefix?: string;
  /** Longest message, as bytes of JSON. Default 1,048,576. */
  readonly maxMessageBytes?: number;
  /** Gets what listeners throw or reject with. Default: a process warning with the code TIDEGATE_PUBSUB. */
  readonly onError?: (error: unknown, channel: string) => void;
}

export interface SubscribeOptions {
  /** Whether to hear what this process published itself. Default true; false prevents loops where a listener publishes again. */
  readonly own?: boolean;
}

/** What a PubSub did since it was made. */
export interface PubSubStats extends Readonly<Tally> {
  /** Channels subscribed now, each once, whatever the number of its listeners. */
  readonly channels: number;
  readonly listeners: number;
}

/** Channels whose count is remembered. One that was forgotten begins again at 1, which listeners understand. */
const SEQUENCES_LIMIT = 10_000;
const MESSAGE_BYTES = 1_048_576;

/**
 * Messages between processes, by channel. At most once: a process that is not connected at the moment misses a message, and nothing
 * repeats it. Messages of one publisher come in order; `message.lost` tells how many were missed before one.
 */
export class PubSub {
  readonly instanceId: string;
  readonly #state: SharedState;
  readonly #prefix: string;
  readonly #maxMessageBytes: number;
  readonly #onError: (error: unknown, channel: string) => void;
  readonly #channels = new Map<string, Channel>();
  readonly #sequences = new LRUCache<string, { next: number }>({ max: SEQUENCES_LIMIT });
  readonly #tally: Tally = {
    published: 0,
    received: 0,
    delivered: 0,
    lost: 0,
    late: 0,
    malformed: 0,
    listenerErrors: 0,
  };

  /** @throws RangeError for an instance id that is empty or has a blank, or a limit below 1. */
  constructor(state: SharedState, options: PubSubOptions = {}) {
    this.#state = state;
    this.instanceId = options.instanceId ?? randomUUID();
    if (!/^\S{1,128}$/.test(this.instanceId)) {
      throw new RangeError(`instanceId is "${this.instanceId}"; it must have 1 to 128 characters and no blank`);
    }
    this.#prefix = options.prefix ?? 'ps:';
    this.#maxMessageBytes = options.maxMessageBytes ?? MESSAGE_BYTES;
    if (!Number.isInteger(this.#maxMessageBytes) || this.#maxMessageBytes < 1) {
      throw new RangeError(`maxMessageBytes is ${options.maxMessageBytes}; it must be a whole number of at least 1`);
    }
    this.#onError = options.onError ?? warn;
  }

  /**
   * Publishes `data` as JSON. Resolves when the store has it, which doesn't mean that anybody heard it.
   * @throws RangeError for a bad channel or a message above `maxMessageBytes`; TypeError for what JSON can't express;
   * StateError when the store fails: the message may have been lost.
   */
  async publish(channel: string, data: unknown, options?: CallOptions): Promise<void> {
    const json: string | undefined = JSON.stringify(data);
    if (json === undefined) throw new TypeError(`a message for ${channel} is ${typeof data}, which JSON can't express`);
    await this.publishJson(channel, json, options);
  }

  /** Publishes what is JSON text already, such as a frame from a WebSocket, without looking into it. Else as `publish`. */
  async publishJson(channel: string, json: string, options?: CallOptions): Promise<void> {
    checkChannel(channel);
    const bytes = Buffer.byteLength(json);
    if (bytes > this.#maxMessageBytes) {
      throw new RangeError(`a message for ${channel} has ${bytes} bytes; at most ${this.#maxMessageBytes} are allowed`);
    }
    // The number is taken and the message handed to the store in one synchronous step, so the numbers leave in order.
    const envelope = encodeEnvelope({ publisher: this.instanceId, sequence: this.#nextSequence(channel), json });
    this.#tally.published += 1;
    await this.#state.publish(this.#prefix + channel, envelope, options);
  }

  /**
   * Calls `listener` with every message of the channel from when this resolves. All listeners of a channel share one subscription.
   * The function it resolves to ends this listener alone.
   * @throws RangeError for a bad channel; StateError when the store can't be reached (the listener is gone then).
   */
  async subscribe(channel: string, listener: Listener, { own = true }: SubscribeOptions = {}): Promise<Unsubscribe> {
    checkChannel(channel);
    const shared = this.#open(channel);
    const remove = shared.add(listener, own);
    const leave = async (): Promise<void> => {
      remove();
      if (shared.size === 0) await this.#drop(channel, shared);
    };
    try {
      await shared.ready();
    } catch (error) {
      await leave();
      throw error;
    }
    return leave;
  }

  /** Figures since the start. */
  stats(): PubSubStats {
    let listeners = 0;
    for (const channel of this.#channels.values()) listeners += channel.size;
    return { ...this.#tally, channels: this.#channels.size, listeners };
  }

  /** Ends all subscriptions. The shared state stays open. */
  async close(): Promise<void> {
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    await Promise.allSettled(channels.map((channel) => channel.end()));
  }

  #open(name: string): Channel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const context = { instanceId: this.instanceId, tally: this.#tally, onError: this.#onError };
    const channel = new Channel(name, context, (receive) => this.#state.subscribe(this.#prefix + name, receive));
    this.#channels.set(name, channel);
    return channel;
  }

  /** Out of the table at once: who subscribes from now on opens the channel anew. */
  async #drop(name: string, channel: Channel): Promise<void> {
    if (this.#channels.get(name) !== channel) return;
    this.#channels.delete(name);
    await channel.end();
  }

  #nextSequence(channel: string): number {
    const known = this.#sequences.get(channel);
    if (known === undefined) {
      this.#sequences.set(channel, { next: 2 });
      return 1;
    }
    const sequence = known.next;
    known.next += 1;
    return sequence;
  }
}

function warn(error: unknown, channel: string): void {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`pub/sub: a listener of ${channel} failed: ${reason}`, { code: 'TIDEGATE_PUBSUB' });
}
