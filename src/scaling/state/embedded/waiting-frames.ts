import { writeRequest } from './link.ts';
import type { PendingCall } from './pending-calls.ts';
import { MAX_REQUEST_BYTES } from './protocol.ts';
import { WireWriter } from './wire-writer.ts';

const INITIAL_BYTES = 256;

/** The frames of calls that wait for a connection, each with its call. */
export class WaitingFrames {
  #bytes = 0;

  /** Of all of them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Has the call wait. @throws what its `encode` throws */
  add(call: PendingCall): void {
    const writer = new WireWriter(INITIAL_BYTES, MAX_REQUEST_BYTES);
    writeRequest(writer, call.id, call.operation, call.encode);
    call.waiting = writer.written;
    this.#bytes += writer.length;
  }

  /** Gives those of the calls that wait to `send`, in their order; none waits afterwards. */
  sendAll(calls: Iterable<PendingCall>, send: (frame: Buffer) => void): void {
    for (const call of calls) {
      if (call.waiting === null) continue;
      send(call.waiting);
      call.waiting = null;
    }
    this.#bytes = 0;
  }

  /** The call waits no more. Returns whether it was sent. */
  release(call: PendingCall): boolean {
    if (call.waiting === null) return true;
    this.#bytes -= call.waiting.length;
    return false;
  }
}
