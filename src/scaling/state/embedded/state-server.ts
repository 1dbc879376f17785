import { createServer, type Server, type Socket } from 'node:net';
import { Ticker } from '../../ticker.ts';
import { STATE_MODULES } from './modules.ts';
import { Peer } from './peer.ts';
import { stateNowMs } from './state-clock.ts';
import { StateCore, TICK_MS } from './state-core.ts';
import type { StateModuleFactory } from './state-module.ts';

export interface StateServerOptions {
  readonly socketPath: string;
  /** Most bytes it keeps; at least 64 KiB. */
  readonly memoryLimitBytes: number;
  /** What lives beside the store; the product's modules when not given. */
  readonly modules?: readonly StateModuleFactory[];
  /** Gets what went wrong with a connection or a module, in a sentence. */
  readonly onFault: (message: string) => void;
}

/** The embedded store behind a unix socket. */
export class StateServer {
  readonly #socketPath: string;
  readonly #core: StateCore;
  readonly #onFault: (message: string) => void;
  readonly #server: Server;
  readonly #ticker: Ticker;
  readonly #sockets = new Set<Socket>();
  #lastId = 0;

  /** @throws RangeError for a memory limit below 64 KiB */
  constructor({ socketPath, memoryLimitBytes, modules = STATE_MODULES, onFault }: StateServerOptions) {
    this.#socketPath = socketPath;
    this.#core = new StateCore(memoryLimitBytes, modules);
    this.#onFault = onFault;
    // Not half-open: a caller that has ended its side wants no more answers.
    this.#server = createServer((socket) => this.#accept(socket));
    this.#ticker = new Ticker({
      onError: (_name, error) => onFault(`a regular task failed: ${(error as Error)?.stack ?? error}`),
    });
  }

  /** @throws the system's error, when the path can't be listened on */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#socketPath, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#server.on('error', (error) => this.#onFault(`the socket failed: ${error.message}`));
    this.#ticker.every(TICK_MS, 'tick', () => this.#core.tick(stateNowMs()));
  }

  /** Hangs up on everybody and removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([closed, this.#ticker.stop()]);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const id = ++this.#lastId;
    new Peer({
      id,
      socket,
      core: this.#core,
      nowMs: stateNowMs,
      onFault: (reason) => this.#onFault(`connection ${id} was hung up on: ${reason}`),
    });
  }
}
