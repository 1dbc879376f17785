import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RemoteState } from '../../../src/scaling/state/embedded/remote-state.ts';
import type { StateModuleFactory } from '../../../src/scaling/state/embedded/state-module.ts';
import { StateServer } from '../../../src/scaling/state/embedded/state-server.ts';
import type { StateError } from '../../../src/scaling/state/errors.ts';

/** A frame of the store's protocol. */
export function frame(id: number, rest: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(4 + rest.length, 0);
  head.writeUInt32LE(id, 4);
  return Buffer.concat([head, rest]);
}

/** hello, as protocol version 1 has it. */
export const HELLO = frame(0xffff_ffff, Buffer.of(0, 1, 0, 0, 0));
export const HELLO_ANSWERED = frame(0xffff_ffff, Buffer.of(0));

export async function failure(promise: Promise<unknown>): Promise<StateError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: StateError) => error,
  );
}

/** Store servers inside the test's process, one after the other at the same path, and whoever connects to them. */
export class EmbeddedFixture {
  readonly socketPath: string;
  readonly faults: string[] = [];
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'tidegate-state-'));
  readonly #closing: (() => unknown)[] = [];

  constructor() {
    this.socketPath = path.join(this.#directory, 'state.sock');
  }

  async serve(modules: readonly StateModuleFactory[] = [], memoryLimitBytes = 256 * 1024 * 1024): Promise<StateServer> {
    const server = new StateServer({
      socketPath: this.socketPath,
      memoryLimitBytes,
      modules,
      onFault: (message) => this.faults.push(message),
    });
    await server.listen();
    this.#closing.push(() => server.close());
    return server;
  }

  /** A server that says hello and nothing more: `onRequest` gets what comes after it. Returns how to end it. */
  async serveSilence(
    onRequest: (socket: Socket) => void = () => {},
    answer: Uint8Array = HELLO_ANSWERED,
  ): Promise<() => Promise<void>> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write(answer);
        socket.on('data', () => onRequest(socket));
      });
    });
    server.listen(this.socketPath);
    await once(server, 'listening');
    const end = async (): Promise<void> => {
      if (!server.listening) return;
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    };
    this.#closing.push(end);
    return end;
  }

  state(): RemoteState {
    const state = new RemoteState({ socketPath: this.socketPath });
    this.#closing.push(() => state.close());
    return state;
  }

  /** A bare connection to the server. */
  async raw(): Promise<Socket> {
    const socket = connect(this.socketPath);
    socket.on('error', () => {});
    await once(socket, 'connect');
    this.#closing.push(() => socket.destroy());
    return socket;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
