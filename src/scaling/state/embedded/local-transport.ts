import { checkTimeoutMs } from '../arguments.ts';
import { StateError } from '../errors.ts';
import type { CallOptions } from '../shared-state.ts';
import type { Caller } from './operations.ts';
import { MAX_REPLY_BYTES, MAX_REQUEST_BYTES, OPERATION_CODES, type Operation } from './protocol.ts';
import type { StateCore } from './state-core.ts';
import { abortedError, type Decode, type Encode, readReply, type Transport } from './transport.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const INITIAL_BYTES = 4096;
/** A writer that has grown beyond this is let go after the call. */
const KEEP_BYTES = 1024 * 1024;
const REQUEST_ID = 1;

/**
 * Calls a store in the same process, through the very bytes that would go over the socket: what works here works there, and nobody
 * holds a Buffer that the store holds too.
 */
export class LocalTransport implements Transport {
  readonly #core: StateCore;
  readonly #caller: Caller;
  readonly #now: () => number;
  readonly #reader = new WireReader();
  #request = new WireWriter(INITIAL_BYTES, MAX_REQUEST_BYTES);
  #reply = new WireWriter(INITIAL_BYTES, MAX_REPLY_BYTES);
  #closed = false;

  constructor(core: StateCore, caller: Caller, now: () => number) {
    this.#core = core;
    this.#caller = caller;
    this.#now = now;
  }

  async call<T>(operation: Operation, encode: Encode, decode: Decode<T>, options?: CallOptions): Promise<T> {
    if (this.#closed) throw new StateError('STATE_CLOSED', `${operation}: the shared state was closed`);
    checkTimeoutMs(options?.timeoutMs);
    if (options?.signal?.aborted === true) throw abortedError(operation, options.signal, false);
    const [request, reply, reader] = [this.#request, this.#reply, this.#reader];
    try {
      request.size(REQUEST_ID);
      request.byte(OPERATION_CODES[operation]);
      encode(request);
      reader.reset(request.written, 0, request.length);
      this.#core.answer(reader, reply, this.#caller, this.#now());
      reader.reset(reply.written, 0, reply.length);
      reader.size();
      reader.size();
      return readReply(reader, decode);
    } finally {
      this.#clear();
    }
  }

  close(): void {
    this.#closed = true;
  }

  #clear(): void {
    if (this.#request.length > KEEP_BYTES) this.#request = new WireWriter(INITIAL_BYTES, MAX_REQUEST_BYTES);
    else this.#request.truncate(0);
    if (this.#reply.length > KEEP_BYTES) this.#reply = new WireWriter(INITIAL_BYTES, MAX_REPLY_BYTES);
    else this.#reply.truncate(0);
  }
}
