import type { StateErrorCode } from '../errors.ts';
import { StateError } from '../errors.ts';
import type { CallOptions } from '../shared-state.ts';
import { FAILED, type Operation } from './protocol.ts';
import { StateModuleError } from './state-module.ts';
import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** Writes an operation's arguments; throws STATE_BAD_ARGUMENT when they can't be. May be called again, for another try. */
export type Encode = (request: WireWriter) => void;
export type Decode<T> = (reply: WireReader) => T;

/** How an operation gets to the store and its result back. */
export interface Transport {
  call<T>(operation: Operation, encode: Encode, decode: Decode<T>, options?: CallOptions): Promise<T>;
}

/** The result that follows a reply's id. @throws StateError or StateModuleError, whatever the store answered */
export function readReply<T>(reply: WireReader, decode: Decode<T>): T {
  if (reply.byte() !== FAILED) return decode(reply);
  const ofModule = reply.flag();
  const code = reply.text();
  const message = reply.text();
  throw ofModule ? new StateModuleError(code, message) : new StateError(code as StateErrorCode, message);
}

/** What an aborted call fails with. */
export function abortedError(operation: Operation, signal: AbortSignal, ambiguous: boolean): StateError {
  return new StateError('STATE_ABORTED', `${operation} was aborted by its caller`, { cause: signal.reason, ambiguous });
}
