import type { ChildProcess } from 'node:child_process';
import type { HandleMessage } from '../ipc/protocol.ts';
import type { NativeHandle } from './native.ts';

/** A descriptor on its way to a worker. */
export interface Parcel {
  readonly message: HandleMessage;
  readonly handle: NativeHandle;
  /** The worker's process has it. */
  readonly onDelivered: () => void;
}

interface AckMessage {
  readonly cmd?: unknown;
}

/**
 * Descriptors for one worker, one unacknowledged at a time: Node queues everything behind a descriptor that the other
 * side has not taken, and what lies in that queue when a worker dies is lost with it. What is still here is not.
 */
export class WorkerOutbox {
  readonly #process: ChildProcess;
  readonly #queue: Parcel[] = [];
  #unacknowledged: Parcel | null = null;
  #sentAtMs = 0;

  constructor(process: ChildProcess) {
    this.#process = process;
    process.on('internalMessage' as 'message', (message: unknown) => {
      if ((message as AckMessage | null)?.cmd === 'NODE_HANDLE_ACK') this.#acknowledged();
    });
  }

  get length(): number {
    return this.#queue.length + (this.#unacknowledged === null ? 0 : 1);
  }

  /** For how long the worker has not taken what was sent; 0 when nothing is under way. */
  stalledMs(nowMs: number): number {
    return this.#unacknowledged === null ? 0 : nowMs - this.#sentAtMs;
  }

  push(parcel: Parcel): void {
    this.#queue.push(parcel);
    this.#next();
  }

  /** Takes back what the worker has not been sent yet. */
  takeBackQueued(): Parcel[] {
    return this.#queue.splice(0);
  }

  /** The worker is dead and its channel read to the end: takes back all that it never got. */
  takeBackAll(): Parcel[] {
    const unacknowledged = this.#unacknowledged === null ? [] : [this.#unacknowledged];
    this.#unacknowledged = null;
    return [...unacknowledged, ...this.takeBackQueued()];
  }

  #next(): void {
    if (this.#unacknowledged !== null || !this.#process.connected) return;
    const parcel = this.#queue.shift();
    if (parcel === undefined) return;
    this.#unacknowledged = parcel;
    this.#sentAtMs = Date.now();
    // An error means that the worker is gone; its end, which follows, takes the parcel back.
    this.#process.send(parcel.message, parcel.handle as never, {}, () => {});
  }

  #acknowledged(): void {
    const parcel = this.#unacknowledged;
    this.#unacknowledged = null;
    parcel?.onDelivered();
    this.#next();
  }
}
