import type { SharedState, Unsubscribe } from '../shared-state.ts';
import { Opener } from './envelope.ts';
import { PrimaryFailed } from './failure.ts';
import type { PrimaryGuard } from './primary-guard.ts';

type Listener = (message: Buffer) => void;

/** One channel's subscription on both stores, shared by all listeners of the process. */
class Channel {
  readonly listeners = new Set<{ readonly hear: Listener }>();
  readonly opener = new Opener();
  readonly ends: Unsubscribe[] = [];
  opened: Promise<void> | undefined;
  /** `asked`: Redis subscribes by itself from now on, however often its connection breaks. */
  redis: 'missing' | 'asked' = 'missing';
  ended = false;
}

/** Subscriptions on Redis and on the embedded store at once: a message comes by whichever its publisher reached, and once. */
export class Channels {
  readonly #primary: SharedState;
  readonly #embedded: SharedState;
  readonly #guard: PrimaryGuard;
  readonly #channels = new Map<string, Channel>();

  constructor(primary: SharedState, embedded: SharedState, guard: PrimaryGuard) {
    this.#primary = primary;
    this.#embedded = embedded;
    this.#guard = guard;
  }

  async subscribe(name: string, hear: Listener): Promise<Unsubscribe> {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = new Channel();
      this.#channels.set(name, channel);
    }
    const mine = channel;
    const listener = { hear };
    mine.listeners.add(listener);
    mine.opened ??= this.#open(name, mine);
    try {
      await mine.opened;
    } catch (error) {
      await this.#leave(name, mine, listener);
      throw error;
    }
    return () => this.#leave(name, mine, listener);
  }

  /** Redis is back: asks it for what it could not be asked while it was away. */
  async resubscribe(): Promise<void> {
    const missing = [...this.#channels].filter(([, channel]) => channel.redis === 'missing');
    await Promise.all(missing.map(([name, channel]) => this.#openOnRedis(name, channel)));
  }

  async #open(name: string, channel: Channel): Promise<void> {
    const [end] = await Promise.all([
      this.#embedded.subscribe(name, (bytes) => this.#hear(channel, bytes)),
      this.#openOnRedis(name, channel),
    ]);
    await this.#keepEnd(channel, end);
  }

  /** The request goes on after the guard has given up waiting for it, and may succeed long after. */
  async #openOnRedis(name: string, channel: Channel): Promise<void> {
    const ask = async (): Promise<void> => {
      channel.redis = 'asked';
      try {
        const end = await this.#primary.subscribe(name, (bytes) => this.#hear(channel, bytes));
        await this.#keepEnd(channel, end);
      } catch (error) {
        channel.redis = 'missing';
        throw error;
      }
    };
    await this.#guard.run(ask).catch((error: unknown) => {
      if (!(error instanceof PrimaryFailed)) throw error;
    });
  }

  async #keepEnd(channel: Channel, end: Unsubscribe): Promise<void> {
    if (channel.ended) await end();
    else channel.ends.push(end);
  }

  #hear(channel: Channel, bytes: Buffer): void {
    const message = channel.opener.open(bytes);
    if (message === undefined) return;
    for (const { hear } of channel.listeners) hear(message);
  }

  async #leave(name: string, channel: Channel, listener: { readonly hear: Listener }): Promise<void> {
    channel.listeners.delete(listener);
    if (channel.listeners.size > 0 || channel.ended) return;
    channel.ended = true;
    if (this.#channels.get(name) === channel) this.#channels.delete(name);
    await Promise.all(channel.ends.splice(0).map((end) => end().catch(() => {})));
  }
}
