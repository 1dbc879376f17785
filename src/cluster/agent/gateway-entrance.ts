import net from 'node:net';
import type { NativeHandle } from './internals.ts';

/** Servers of ours among those that listen in this process. */
const own = new WeakSet<object>();

/** Connections queued while the worker is busy; the gateway keeps few. */
const BACKLOG = 511;

/** A unix socket on which the gateway's connections come into this worker, as if the app's own server had accepted them. */
export class GatewayEntrance {
  readonly #server = net.createServer();
  readonly #path: string;

  constructor(socketPath: string, deliver: (error: number, client: NativeHandle | undefined) => void) {
    this.#path = socketPath;
    own.add(this.#server);
    this.#server.once('listening', () => {
      const { _handle: handle } = this.#server as unknown as { _handle: NativeHandle };
      handle.onconnection = deliver;
    });
  }

  static isOne(server: object): boolean {
    return own.has(server);
  }

  /** @param done called when it listens, or with why it can't */
  open(done: (error: Error | null) => void): void {
    this.#server.once('error', done);
    this.#server.listen({ path: this.#path, exclusive: true, backlog: BACKLOG }, () => {
      this.#server.off('error', done);
      this.#server.on('error', () => {}); // one connection that could not be accepted
      done(null);
    });
    // The app's own server says how long the process stays.
    this.#server.unref();
  }

  close(): void {
    this.#server.close();
  }
}
