import type { SharedState } from '../shared-state.ts';
import { PubSub } from './pubsub.ts';

export type { Listener } from './channel.ts';
export { ADMIN_CHANNEL, PLATFORM_CHANNEL, userChannel } from './channels.ts';
export type { Message } from './message.ts';
export { PubSub, type PubSubOptions, type PubSubStats, type SubscribeOptions } from './pubsub.ts';

const shared = new WeakMap<SharedState, PubSub>();

/** The one PubSub of this process on a shared state, with default options: made when first asked for, so that all share its subscriptions. */
export function pubsub(state: SharedState): PubSub {
  let known = shared.get(state);
  if (known === undefined) {
    known = new PubSub(state);
    shared.set(state, known);
  }
  return known;
}
