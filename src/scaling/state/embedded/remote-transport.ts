import { checkTimeoutMs } from '../arguments.ts';
import { StateError } from '../errors.ts';
import type { CallOptions } from '../shared-state.ts';
import { CallIds } from './call-ids.ts';
import { Link } from './link.ts';
import { type PendingCall, PendingCalls } from './pending-calls.ts';
import { isAmbiguous, type Operation, PUSH_ID, REPEATABLE } from './protocol.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import { abortedError, type Decode, type Encode, readReply, type Transport } from './transport.ts';
import { WaitingFrames } from './waiting-frames.ts';
import type { WireReader } from './wire-reader.ts';

/** How long a call waits for its answer when its caller doesn't say. */
const DEFAULT_TIMEOUT_MS = 1000;
/** The store starts when it is first needed, while the workers start too: until it was there once, calls wait for it this long after the first. */
const FIRST_CONNECTION_MS = 10_000;
/** Most that waits for the store, connected or not. */
const MOST_UNSENT_BYTES = 64 * 1024 * 1024;
/** A connection that has held this long was good. */
const STEADY_MS = 1000;

/** Where the connection stands: `apart` waits for its next try, `closed` has no next. */
type Phase =
  | { readonly is: 'idle' }
  | { readonly is: 'connecting'; readonly link: Link }
  | { readonly is: 'open'; readonly link: Link }
  | { readonly is: 'apart'; readonly timer: NodeJS.Timeout }
  | { readonly is: 'closed' };

export interface RemoteTransportOptions {
  readonly socketPath: string;
  /** What to subscribe to on a new connection. */
  readonly channels: () => readonly string[];
  readonly onMessage: (channel: string, message: Buffer) => void;
}

/**
 * Calls over the store's socket, which it connects to at the first one, and again whenever the connection is lost. Meanwhile calls wait for
 * their deadline. What only reads is asked again after a reconnection; of what changes something, nobody knows whether it was done.
 */
export class RemoteTransport implements Transport {
  readonly #socketPath: string;
  readonly #options: RemoteTransportOptions;
  readonly #calls = new PendingCalls(
    () => performance.now(),
    (call) => this.#overdue(call),
  );
  #phase: Phase = { is: 'idle' };
  readonly #ids = new CallIds();
  readonly #waiting = new WaitingFrames();
  /** Tries since the last connection that was steady. */
  #attempt = 0;
  #openedMs = 0;
  #connections = 0;
  #firstCallMs: number | undefined;
  #lastError: Error | undefined;

  constructor(options: RemoteTransportOptions) {
    this.#options = options;
    this.#socketPath = options.socketPath;
  }

  get connected(): boolean {
    return this.#phase.is === 'open';
  }

  get callsUnderWay(): number {
    return this.#calls.size;
  }

  /** How often a connection came about. */
  get connections(): number {
    return this.#connections;
  }

  /** Why the last connection ended, or didn't come about. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }

  call<T>(operation: Operation, encode: Encode, decode: Decode<T>, options?: CallOptions): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const nowMs = performance.now();
      this.#firstCallMs ??= nowMs;
      const timeoutMs = options?.timeoutMs ?? this.#defaultTimeoutMs(nowMs - this.#firstCallMs);
      if (options?.timeoutMs !== undefined) checkTimeoutMs(timeoutMs);
      const signal = options?.signal;
      if (signal?.aborted === true) throw abortedError(operation, signal, false);
      const call: PendingCall = {
        id: this.#ids.next(),
        operation,
        encode,
        decode,
        timeoutMs,
        deadlineMs: nowMs + timeoutMs,
        resolve: resolve as (result: unknown) => void,
        reject,
        waiting: null,
        forgetSignal: null,
      };
      this.#send(call);
      this.#calls.add(call);
      if (signal !== undefined) this.#heed(call, signal);
    });
  }

  /** Connects if it isn't. */
  connect(): void {
    if (this.#phase.is !== 'idle') return;
    const link = new Link(this.#socketPath, {
      open: () => this.#opened(link),
      frame: (id, reader) => this.#received(id, reader),
      lost: (cause) => this.#lost(cause),
    });
    this.#phase = { is: 'connecting', link };
  }

  /** What was sent still arrives; calls under way fail with STATE_CLOSED. */
  close(): void {
    const before = this.#phase;
    this.#phase = { is: 'closed' };
    if (before.is === 'apart') clearTimeout(before.timer);
    if (before.is === 'open' || before.is === 'connecting') before.link.end();
    for (const call of [...this.#calls]) this.#fail(call, 'STATE_CLOSED', 'the shared state was closed meanwhile');
  }

  #defaultTimeoutMs(sinceFirstCallMs: number): number {
    if (this.#connections > 0) return DEFAULT_TIMEOUT_MS;
    return Math.max(DEFAULT_TIMEOUT_MS, Math.round(FIRST_CONNECTION_MS - sinceFirstCallMs));
  }

  /** @throws StateError when it can't even wait */
  #send(call: PendingCall): void {
    const phase = this.#phase;
    if (phase.is === 'closed') throw new StateError('STATE_CLOSED', `${call.operation}: the shared state was closed`);
    const unsentBytes = phase.is === 'open' ? phase.link.unsentBytes : this.#waiting.bytes;
    if (unsentBytes > MOST_UNSENT_BYTES) {
      throw new StateError('STATE_UNAVAILABLE', `${call.operation}: ${unsentBytes} bytes wait for the store already`);
    }
    if (phase.is === 'open') {
      phase.link.request(call.id, call.operation, call.encode);
      return;
    }
    this.#waiting.add(call);
    this.connect();
  }

  #opened(link: Link): void {
    this.#phase = { is: 'open', link };
    this.#openedMs = performance.now();
    this.#connections++;
    this.#lastError = undefined;
    for (const channel of this.#options.channels()) {
      link.request(this.#ids.next(), 'subscribe', (request) => request.text(channel));
    }
    this.#waiting.sendAll(this.#calls, (frame) => link.send(frame));
  }

  #received(id: number, reader: WireReader): void {
    if (id === PUSH_ID) this.#options.onMessage(reader.text(), reader.bytes());
    else this.#calls.answer(id, reader, readReply);
  }

  #lost(cause: Error | undefined): void {
    if (this.#phase.is === 'closed') return;
    this.#lastError = cause ?? new Error('the store ended the connection');
    if (this.#phase.is === 'open' && performance.now() - this.#openedMs >= STEADY_MS) this.#attempt = 0;
    // At once after a connection that was good; one that breaks again and again is not tried without a pause.
    const delayMs = this.#attempt === 0 ? 0 : reconnectDelayMs(this.#attempt - 1, Math.random());
    this.#attempt++;
    const timer = setTimeout(() => {
      this.#phase = { is: 'idle' };
      this.connect();
    }, delayMs);
    // Who waits for an answer has a deadline, which keeps the process alive; nobody else needs to.
    timer.unref();
    this.#phase = { is: 'apart', timer };
    for (const call of [...this.#calls]) if (call.waiting === null) this.#interrupted(call);
  }

  /** Its answer will never come. */
  #interrupted(call: PendingCall): void {
    if (!REPEATABLE.has(call.operation)) {
      this.#fail(call, 'STATE_UNAVAILABLE', 'the connection to the store was lost before the answer came');
      return;
    }
    try {
      this.#waiting.add(call);
    } catch (error) {
      this.#calls.fail(call, error);
    }
  }

  #overdue(call: PendingCall): StateError {
    const sent = this.#waiting.release(call);
    const after = `${call.operation}: no answer within ${call.timeoutMs} ms`;
    if (sent) return new StateError('STATE_TIMEOUT', after, { ambiguous: isAmbiguous(call.operation) });
    const why = this.#lastError?.message ?? 'it has not answered yet';
    return new StateError('STATE_UNAVAILABLE', `${after}: not connected to the store at ${this.#socketPath} (${why})`, {
      cause: this.#lastError,
    });
  }

  #heed(call: PendingCall, signal: AbortSignal): void {
    const onAbort = (): void => {
      const ambiguous = this.#waiting.release(call) && isAmbiguous(call.operation);
      this.#calls.fail(call, abortedError(call.operation, signal, ambiguous));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    call.forgetSignal = () => signal.removeEventListener('abort', onAbort);
  }

  #fail(call: PendingCall, code: 'STATE_CLOSED' | 'STATE_UNAVAILABLE', reason: string): void {
    const ambiguous = this.#waiting.release(call) && isAmbiguous(call.operation);
    const cause = this.#lastError;
    this.#calls.fail(call, new StateError(code, `${call.operation}: ${reason}`, { cause, ambiguous }));
  }
}
