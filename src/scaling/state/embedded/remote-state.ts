import type { StateStatus } from '../shared-state.ts';
import { EmbeddedState } from './embedded-state.ts';
import { RemoteTransport } from './remote-transport.ts';
import { Subscriptions } from './subscriptions.ts';

export interface RemoteStateOptions {
  readonly socketPath: string;
}

/**
 * The embedded store of another process on this machine, over its unix socket. Connects at the first call and reconnects by itself; a store
 * that was restarted begins empty. It doesn't keep an otherwise idle process alive.
 */
export class RemoteState extends EmbeddedState {
  readonly #remote: RemoteTransport;
  readonly #socketPath: string;

  constructor({ socketPath }: RemoteStateOptions) {
    const transport = new RemoteTransport({
      socketPath,
      channels: () => subscriptions.channels,
      onMessage: (channel, message) => subscriptions.deliver(channel, message),
    });
    const subscriptions = new Subscriptions(transport);
    super(transport, subscriptions);
    this.#remote = transport;
    this.#socketPath = socketPath;
  }

  /** Resolves when it is connected. @throws StateError STATE_UNAVAILABLE when it isn't within a second; it goes on trying */
  async connect(): Promise<void> {
    await this.ping();
  }

  status(): StateStatus {
    const { connected, callsUnderWay, connections, lastError } = this.#remote;
    return {
      driver: this.driver,
      connected,
      degradedSinceMs: null,
      reason: null,
      detail: {
        process: 'separate',
        socketPath: this.#socketPath,
        callsUnderWay,
        connections,
        lastError: lastError?.message ?? null,
      },
    };
  }

  async close(): Promise<void> {
    this.#remote.close();
    this.subscriptions.clear();
  }
}
