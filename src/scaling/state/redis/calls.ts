import { checkTimeoutMs } from '../arguments.ts';
import { StateError } from '../errors.ts';
import type { CallOptions, Value } from '../shared-state.ts';

/** Checks what every call may carry. @throws StateError STATE_BAD_ARGUMENT, or STATE_ABORTED when the signal has already fired */
export function checkOptions(options: CallOptions | undefined): void {
  if (options === undefined) return;
  checkTimeoutMs(options.timeoutMs);
  if (options.signal?.aborted !== true) return;
  throw new StateError('STATE_ABORTED', 'the call was aborted before it began', { cause: options.signal.reason });
}

/** A value as ioredis takes it; no copy. */
export function bytesOf(value: Value): string | Buffer {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
