import type { Stored } from './stored.ts';

/** Where a subscriber's messages go. */
export interface Subscriber {
  push(channel: string, message: Stored): void;
}

interface Delivery {
  readonly to: readonly Subscriber[];
  readonly channel: string;
  readonly message: Stored;
}

/** Who listens to what. */
export class Channels {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  #due: Delivery[] = [];

  /** For whoever listens now; `deliver` brings it. Not at once: a reply to the publisher, who may listen too, is being written. */
  publish(channel: string, message: Stored): void {
    const listening = this.#subscribers.get(channel);
    if (listening !== undefined) this.#due.push({ to: [...listening], channel, message });
  }

  /** Brings what was published, in that order. */
  deliver(): void {
    if (this.#due.length === 0) return;
    const due = this.#due;
    this.#due = [];
    for (const { to, channel, message } of due) for (const subscriber of to) subscriber.push(channel, message);
  }

  subscribe(channel: string, subscriber: Subscriber): void {
    const listening = this.#subscribers.get(channel);
    if (listening === undefined) this.#subscribers.set(channel, new Set([subscriber]));
    else listening.add(subscriber);
  }

  unsubscribe(channel: string, subscriber: Subscriber): void {
    const listening = this.#subscribers.get(channel);
    if (listening?.delete(subscriber) === true && listening.size === 0) this.#subscribers.delete(channel);
  }
}
