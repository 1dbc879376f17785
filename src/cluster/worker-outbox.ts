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
  readonly #whenEmpty: (() => void)[] = [];
  #unacknowledged: Parcel | null = null;
  #sentAtMs = 0;

  constructor(process: ChildProcess) {
    this.#process = process;
    process.on('internalMessage' as 'message', (message: unknown) => {
      if ((message as AckMessage | null)?.cmd === 'NODE_HANDLE_ACK') this.#acknowledged();
    });
    process.once('disconnect', () => this.#callWhenEmpty());
  }

  /** False: nothing reaches the worker any more, because it has ended or its app has closed the IPC channel. */
  get isOpen(): boolean {
    return this.#process.connected;
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

  /** Calls back once the worker has all that was sent to it, or can't get it any more. */
  whenEmpty(then: () => void): void {
    if (this.length === 0 || !this.isOpen) then();
    else this.#whenEmpty.push(then);
  }

  /** Takes back the connections that the worker has not been sent yet; its own listeners are for nobody else. */
  takeBackQueued(): Parcel[] {
    const all = this.#queue.splice(0);
    const isConnection = ({ message }: Parcel): boolean => message.type === 'connection';
    this.#queue.push(...all.filter((parcel) => !isConnection(parcel)));
    return all.filter(isConnection);
  }

  /** The channel is closed, and read to the end: takes back all that the worker never got. */
  takeBackAll(): Parcel[] {
    const unacknowledged = this.#unacknowledged === null ? [] : [this.#unacknowledged];
    this.#unacknowledged = null;
    return [...unacknowledged, ...this.#queue.splice(0)];
  }

  #next(): void {
    if (this.#unacknowledged !== null || !this.isOpen) return;
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
    if (this.length === 0) this.#callWhenEmpty();
  }

  #callWhenEmpty(): void {
    for (const then of this.#whenEmpty.splice(0)) then();
  }
}
