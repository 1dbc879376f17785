import type { Socket } from 'node:net';
import type { ClientOrigin } from './front/client-origin.ts';

/** An upgrade whose socket can be served by the upstream itself: nothing has been answered, and nothing but the head was read. */
export interface HandOver {
  readonly upstream: string;
  /** As it would have been sent to the upstream. */
  readonly head: string;
  readonly socket: Socket;
  readonly origin: Pick<ClientOrigin, 'client' | 'told'>;
}
