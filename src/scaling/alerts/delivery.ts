import type { Notification } from './alert.ts';

/** What became of one attempt. `why` holds no address and no secret. */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** For good: trying again would not help. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string; readonly retryAfterMs: number };

/** One way to a receiver, without patience: a `QueuedChannel` has that. */
export interface Sender {
  readonly name: string;
  /** In messages: `slack webhook`. */
  readonly label: string;
  /** One attempt; never rejects. Ends early when the signal is given. */
  send(notification: Notification, signal: AbortSignal): Promise<Outcome>;
}
