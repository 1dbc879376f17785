import { Redis } from 'ioredis';
import type { RedisNode, RedisSettings } from '../settings.ts';
import type { Unsubscribe } from '../shared-state.ts';
import { commonOptions } from './connection-options.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import { closedError, notConnectedError, stateErrorOf } from './redis-errors.ts';

/** One listener; the same function may listen twice. */
interface Subscription {
  readonly listener: (message: Buffer) => void;
}

interface Channel {
  readonly subscriptions: Set<Subscription>;
  /** The connection on which messages of this channel come. */
  liveOn: Redis | undefined;
  /** Who waits for that. */
  readonly waiting: Set<{ readonly live: () => void; readonly failed: (error: unknown) => void }>;
}

type Connection =
  | { readonly state: 'idle' }
  | { readonly state: 'connecting'; readonly redis: Redis }
  | { readonly state: 'open'; readonly redis: Redis }
  | { readonly state: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly state: 'closed' };

/**
 * Subscriptions on a connection of their own, made at the first one. When it breaks, or answers no more, it is made anew to the next node that
 * is known (any node of a Cluster gets all messages), and the channels are subscribed to again; messages meanwhile are missed.
 */
export class RedisSubscriber {
  readonly #settings: RedisSettings;
  /** Nodes to choose from, the likeliest first. */
  readonly #nodes: () => readonly RedisNode[];
  readonly #random: () => number;
  readonly #channels = new Map<string, Channel>();
  #connection: Connection = { state: 'idle' };
  #attempts = 0;
  #lastError: string | null = null;
  #watch: ConnectionWatch | undefined;

  constructor(settings: RedisSettings, nodes: () => readonly RedisNode[], random: () => number) {
    this.#settings = settings;
    this.#nodes = nodes;
    this.#random = random;
  }

  /** For people: how many channels, and whether messages come. */
  status(): { readonly channels: number; readonly state: Connection['state']; readonly lastError: string | null } {
    return { channels: this.#channels.size, state: this.#connection.state, lastError: this.#lastError };
  }

  /**
   * Resolves when messages begin to come.
   * @throws StateError STATE_UNAVAILABLE when that takes longer than a command may; then nothing is subscribed to
   */
  async subscribe(name: string, listener: (message: Buffer) => void): Promise<Unsubscribe> {
    if (this.#connection.state === 'closed') throw closedError('subscribe');
    const channel = this.#channels.get(name) ?? { subscriptions: new Set(), liveOn: undefined, waiting: new Set() };
    this.#channels.set(name, channel);
    const subscription = { listener };
    channel.subscriptions.add(subscription);
    try {
      await this.#untilLive(name, channel);
    } catch (error) {
      this.#remove(name, channel, subscription);
      throw error;
    }
    return () => this.#remove(name, channel, subscription);
  }

  close(): void {
    const connection = this.#connection;
    this.#connection = { state: 'closed' };
    this.#watch?.end();
    if (connection.state === 'waiting') clearTimeout(connection.timer);
    if (connection.state === 'connecting' || connection.state === 'open') connection.redis.disconnect();
    for (const { waiting } of this.#channels.values()) {
      for (const { failed } of waiting) failed(closedError('subscribe'));
    }
    this.#channels.clear();
  }

  #untilLive(name: string, channel: Channel): Promise<void> {
    const connection = this.#connection;
    if (connection.state === 'open' && channel.liveOn === connection.redis) return Promise.resolve();
    return new Promise<void>((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer);
        channel.waiting.delete(waiter);
        then();
      };
      const waiter = { live: () => settle(resolve), failed: (error: unknown) => settle(() => reject(error)) };
      const timer = setTimeout(
        () => waiter.failed(notConnectedError('subscribe', this.#nodes().map(addressOf).join(','), this.#lastError)),
        this.#settings.commandTimeoutMs,
      );
      channel.waiting.add(waiter);
      if (connection.state === 'idle') this.#open();
      else if (connection.state === 'open') this.#listen(connection.redis, [name]);
    });
  }

  async #remove(name: string, channel: Channel, subscription: Subscription): Promise<void> {
    channel.subscriptions.delete(subscription);
    if (channel.subscriptions.size > 0 || this.#channels.get(name) !== channel) return;
    this.#channels.delete(name);
    // On a connection that breaks just now there is nothing to end.
    if (this.#connection.state === 'open') await this.#connection.redis.unsubscribe(name).catch(() => {});
  }

  #open(): void {
    const nodes = this.#nodes();
    const node = nodes[this.#attempts % nodes.length] as RedisNode;
    this.#attempts++;
    const redis = new Redis({
      ...commonOptions(this.#settings),
      host: node.host,
      port: node.port,
      connectionName: 'tidegate-subscriber',
      autoResubscribe: false,
      enableOfflineQueue: false,
      retryStrategy: () => null,
    });
    this.#connection = { state: 'connecting', redis };
    redis.on('error', (error) => {
      this.#lastError = `${addressOf(node)}: ${error.message}`;
    });
    redis.on('messageBuffer', (channel: Buffer, message: Buffer) => {
      this.#watch?.heard();
      this.#deliver(channel.toString(), message);
    });
    redis.once('end', () => this.#lost(redis));
    redis.connect().then(
      () => this.#connected(redis),
      // 'end' follows.
      () => redis.disconnect(),
    );
  }

  #connected(redis: Redis): void {
    if (this.#connection.state !== 'connecting' || this.#connection.redis !== redis) return;
    this.#connection = { state: 'open', redis };
    this.#listen(redis, [...this.#channels.keys()]);
    this.#watch = new ConnectionWatch(redis, this.#settings.commandTimeoutMs);
    this.#watch.begin();
  }

  #listen(redis: Redis, names: readonly string[]): void {
    if (names.length === 0) return;
    // One that was given up and begun anew meanwhile has a subscription of its own under way.
    const channels = names.map((name) => this.#channels.get(name));
    redis.subscribe(...names).then(
      () => {
        this.#attempts = 0;
        this.#lastError = null;
        for (const channel of channels) {
          if (channel === undefined) continue;
          channel.liveOn = redis;
          for (const { live } of channel.waiting) live();
        }
      },
      (error: Error) => {
        this.#lastError = error.message;
        // Refused, for instance by the user's rights: trying again would not help. Else the connection is lost, and there will be another.
        if (error.name !== 'ReplyError') return redis.disconnect();
        const node = addressOf({ host: redis.options.host ?? '', port: redis.options.port ?? 0 });
        const refusal = stateErrorOf(error, { name: 'subscribe', node, mayBeDone: false });
        for (const channel of channels) for (const { failed } of channel?.waiting ?? []) failed(refusal);
      },
    );
  }

  #lost(redis: Redis): void {
    const connection = this.#connection;
    if (connection.state !== 'connecting' && connection.state !== 'open') return;
    if (connection.redis !== redis) return;
    this.#watch?.end();
    if (this.#channels.size === 0) {
      this.#connection = { state: 'idle' };
      return;
    }
    const timer = setTimeout(() => this.#open(), reconnectDelayMs(Math.max(1, this.#attempts), this.#random()));
    timer.unref();
    this.#connection = { state: 'waiting', timer };
  }

  #deliver(name: string, message: Buffer): void {
    for (const { listener } of [...(this.#channels.get(name)?.subscriptions ?? [])]) {
      try {
        listener(message);
      } catch (error) {
        // The application's fault must neither keep the message from others nor pass for one of Redis.
        process.nextTick(() => {
          throw error;
        });
      }
    }
  }
}

function addressOf({ host, port }: RedisNode): string {
  return `${host}:${port}`;
}
