import { HANDLE_COMMAND, type HandleMessage, isHandleMessage } from '../../ipc/protocol.ts';
import type { NativeHandle } from './internals.ts';

/** Descriptors from and to the primary, over Node's own IPC channel. */
export class HandleChannel {
  /** Bound at the start, so that an app that wraps `process.send` does not see our descriptors. */
  readonly #send = process.send?.bind(process) as unknown as (
    message: object,
    handle: NativeHandle | undefined,
    options: object,
    done: (error: Error | null) => void,
  ) => boolean;

  /** Takes what the primary sends. */
  open(onHandle: (message: HandleMessage, handle: NativeHandle) => void): void {
    process.on('internalMessage' as 'message', (message: unknown, handle: unknown) => {
      if (handle !== undefined && isHandleMessage(message)) onHandle(message, handle as NativeHandle);
    });
    // Node counts each listener on these as a reason to stay: the cluster module's own would keep a finished script alive.
    const channel = process.channel as { unrefCounted?: () => void } | undefined;
    for (const event of ['message', 'disconnect']) {
      for (let listeners = process.listenerCount(event); listeners > 0; listeners -= 1) channel?.unrefCounted?.();
    }
  }

  /** `done` gets the error, or null once the kernel has the descriptor. */
  readonly send = (message: HandleMessage, handle: NativeHandle, done: (error: Error | null) => void): void => {
    if (process.connected) this.#send(message, handle, { swallowErrors: false }, done);
    else done(new Error('the IPC channel is closed'));
  };

  /** The app has closed the server that this connection was meant for: another worker may still serve it. */
  sendBack(message: HandleMessage & { type: 'connection' }, handle: NativeHandle): void {
    const { type: _type, ...rest } = message;
    this.send({ ...rest, type: 'move', to: null }, handle, () => handle.close());
  }

  /** No connection comes any more: Node sends it behind the descriptors that are still under way. */
  sendMovesOver(): void {
    const over: HandleMessage = { cmd: HANDLE_COMMAND, type: 'moves-over' };
    if (process.connected) this.#send(over, undefined, { swallowErrors: false }, () => {});
  }
}
