import { checkName } from '../arguments.ts';
import type { Unsubscribe } from '../shared-state.ts';
import type { Transport } from './transport.ts';

type Listener = (message: Buffer) => void;
/** One subscription: the same function may listen twice. */
interface Subscription {
  readonly listener: Listener;
}

/** The listeners of this process, by channel. */
export class Subscriptions {
  readonly #transport: Transport;
  readonly #listening = new Map<string, Set<Subscription>>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What to subscribe to on a new connection. */
  get channels(): readonly string[] {
    return [...this.#listening.keys()];
  }

  /** @throws StateError when the store can't be told; then nothing listens */
  async add(channel: string, listener: Listener): Promise<Unsubscribe> {
    checkName('the channel', channel);
    const subscription: Subscription = { listener };
    const listening = this.#listening.get(channel);
    if (listening === undefined) this.#listening.set(channel, new Set([subscription]));
    else listening.add(subscription);
    try {
      // Also when somebody listens already: saying it twice does no harm, and requests arrive in their order.
      await this.#transport.call('subscribe', (request) => request.text(channel), nothing);
    } catch (error) {
      await this.#remove(channel, subscription);
      throw error;
    }
    return () => this.#remove(channel, subscription);
  }

  /** Calls the channel's listeners; what one throws is an uncaught exception, and doesn't keep the others from hearing. */
  deliver(channel: string, message: Buffer): void {
    for (const { listener } of [...(this.#listening.get(channel) ?? [])]) {
      try {
        listener(message);
      } catch (error) {
        process.nextTick(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    this.#listening.clear();
  }

  async #remove(channel: string, subscription: Subscription): Promise<void> {
    const listening = this.#listening.get(channel);
    if (listening?.delete(subscription) !== true || listening.size > 0) return;
    this.#listening.delete(channel);
    try {
      await this.#transport.call('unsubscribe', (request) => request.text(channel), nothing);
    } catch {
      // Nobody hears it here any more, and a new connection won't be subscribed.
    }
  }
}

function nothing(): void {}
