import type { Socket } from 'node:net';

/** Bytes of the last answer that a client has not taken: it is waited for as long as it takes some now and then. */
export class UnsentBytes {
  #left = 0;
  #sinceMs = 0;

  /** @param left of them @param patienceMs how long a client may take nothing. @returns false: there are none, or it takes none */
  move(left: number, patienceMs: number, nowMs: number): boolean {
    if (left === 0) return false;
    if (left !== this.#left) {
      this.#left = left;
      this.#sinceMs = nowMs;
    }
    return nowMs - this.#sinceMs < patienceMs;
  }
}

/** In Node's queue and in libuv's, where a write shrinks as the kernel takes it; of a socket that is closed, nothing. */
export function unsentBytes(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle: { writeQueueSize?: number } | null };
  return handle === null ? 0 : socket.writableLength + (handle.writeQueueSize ?? 0);
}
