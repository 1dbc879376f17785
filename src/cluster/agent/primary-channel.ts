import { writeSync } from 'node:fs';
import net from 'node:net';
import { ControlChannel } from '../../ipc/control-channel.ts';
import type { AgentMessage, PrimaryMessage } from '../../ipc/protocol.ts';

/**
 * A worker's end of the control channel. Before `open` it only sends, without a stream: to make one takes a millisecond of each
 * start, in which the app could begin to listen. What the primary says meanwhile waits in the kernel.
 */
export class PrimaryChannel {
  readonly #fd: number;
  readonly #handlers: { readonly onMessage: (message: PrimaryMessage) => void; readonly onEnd: () => void };
  #channel: ControlChannel<PrimaryMessage, AgentMessage> | null = null;

  constructor(fd: number, handlers: { onMessage: (message: PrimaryMessage) => void; onEnd: () => void }) {
    this.#fd = fd;
    this.#handlers = handlers;
  }

  open(): void {
    if (this.#channel !== null) return;
    const socket = new net.Socket({ fd: this.#fd });
    socket.unref();
    this.#channel = new ControlChannel(socket, {
      ...this.#handlers,
      accept: (value): value is PrimaryMessage => typeof (value as PrimaryMessage | null)?.type === 'string',
      onFault: (problem) => process.emitWarning(`control channel: ${problem}`, { code: 'TIDEGATE_CONTROL' }),
    });
  }

  send(message: AgentMessage): void {
    if (this.#channel !== null) this.#channel.send(message);
    else writeAll(this.#fd, `${JSON.stringify(message)}\n`);
  }
}

/** Blocks, which the few lines of a start can't do for long; a primary that has gone is noticed when the channel opens. */
function writeAll(fd: number, text: string): void {
  try {
    for (let rest = Buffer.from(text); rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest));
  } catch {}
}
