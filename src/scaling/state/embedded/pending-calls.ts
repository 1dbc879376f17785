import type { StateError } from '../errors.ts';
import type { Operation } from './protocol.ts';
import type { Decode, Encode } from './transport.ts';
import type { WireReader } from './wire-reader.ts';

/** A call whose answer is awaited. */
export interface PendingCall {
  readonly id: number;
  readonly operation: Operation;
  readonly encode: Encode;
  readonly decode: Decode<unknown>;
  readonly deadlineMs: number;
  readonly timeoutMs: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Its frame, waiting for a connection; null: it was sent. */
  waiting: Buffer | null;
  /** Stops listening for its caller's signal. */
  forgetSignal: (() => void) | null;
}

/**
 * The calls under way, by id, with one timer for all their deadlines. The timer keeps the process alive as long as there are any, and only
 * then: a socket that nobody waits for doesn't.
 */
export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  readonly #nowMs: () => number;
  readonly #expired: (call: PendingCall) => StateError;
  #timer: NodeJS.Timeout | null = null;
  #wakeMs = Number.POSITIVE_INFINITY;

  /** `expired` says what a call fails with whose deadline has passed. */
  constructor(nowMs: () => number, expired: (call: PendingCall) => StateError) {
    this.#nowMs = nowMs;
    this.#expired = expired;
  }

  get size(): number {
    return this.#calls.size;
  }

  [Symbol.iterator](): IterableIterator<PendingCall> {
    return this.#calls.values();
  }

  add(call: PendingCall): void {
    this.#calls.set(call.id, call);
    if (call.deadlineMs < this.#wakeMs) this.#arm(call.deadlineMs);
    else if (this.#calls.size === 1) this.#timer?.ref();
  }

  /** A reply has come: reads it on the call's behalf. One whose call was given up is nobody's. */
  answer(id: number, reply: WireReader, read: (reply: WireReader, decode: Decode<unknown>) => unknown): void {
    const call = this.#take(id);
    if (call === undefined) return;
    let result: unknown;
    try {
      result = read(reply, call.decode);
    } catch (error) {
      call.reject(error);
      return;
    }
    call.resolve(result);
  }

  fail(call: PendingCall, error: unknown): void {
    if (this.#take(call.id) !== undefined) call.reject(error);
  }

  #take(id: number): PendingCall | undefined {
    const call = this.#calls.get(id);
    if (call === undefined) return undefined;
    this.#calls.delete(id);
    call.forgetSignal?.();
    if (this.#calls.size === 0) this.#timer?.unref();
    return call;
  }

  #arm(wakeMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wakeMs = wakeMs;
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, Math.ceil(wakeMs - this.#nowMs())));
    if (this.#calls.size === 0) this.#timer.unref();
  }

  #wake(): void {
    this.#timer = null;
    this.#wakeMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#nowMs();
    let nextMs = Number.POSITIVE_INFINITY;
    let late = false;
    for (const { deadlineMs } of this.#calls.values()) {
      if (deadlineMs <= nowMs) late = true;
      else nextMs = Math.min(nextMs, deadlineMs);
    }
    if (nextMs !== Number.POSITIVE_INFINITY) this.#arm(nextMs);
    // Once more through the event loop: if this process was busy, the answers are there already and only wait to be read.
    if (late) setImmediate(() => this.#expire(nowMs));
  }

  #expire(nowMs: number): void {
    for (const call of [...this.#calls.values()]) {
      if (call.deadlineMs <= nowMs) this.fail(call, this.#expired(call));
    }
  }
}
