import { checkKey, checkTtlMs, checkValue, checkVersion } from '../arguments.ts';
import type {
  CallOptions,
  CompareAndSetResult,
  KeepOptions,
  Value,
  VersionedRecord,
  VersionedRecords,
} from '../shared-state.ts';
import { SCAN_RECORDS } from './protocol.ts';
import { scan } from './scan.ts';
import type { Transport } from './transport.ts';
import type { WireReader } from './wire-reader.ts';

const readFlag = (reply: WireReader): boolean => reply.flag();

function readRecord(reply: WireReader): VersionedRecord | undefined {
  if (!reply.flag()) return undefined;
  const version = reply.number();
  const ttlMs = reply.number();
  return { version, value: reply.bytes(), ttlMs };
}

function readOutcome(reply: WireReader): CompareAndSetResult {
  return reply.flag() ? { stored: true, version: reply.number() } : { stored: false, current: readRecord(reply) };
}

/** Versioned records of the embedded store. */
export class EmbeddedRecords implements VersionedRecords {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  read(key: string, options?: CallOptions): Promise<VersionedRecord | undefined> {
    return this.#transport.call(
      'recordRead',
      (request) => {
        checkKey(key);
        request.text(key);
      },
      readRecord,
      options,
    );
  }

  compareAndSet(
    key: string,
    expected: number,
    value: Value,
    options: KeepOptions & { readonly ttlMs: number },
  ): Promise<CompareAndSetResult> {
    return this.#transport.call(
      'recordCompareAndSet',
      (request) => {
        checkKey(key);
        checkVersion('expected', expected, 0);
        checkValue(value);
        checkTtlMs(options?.ttlMs);
        request.text(key);
        request.number(expected);
        request.value(value);
        request.number(options.ttlMs);
      },
      readOutcome,
      options,
    );
  }

  setIfNewer(
    key: string,
    version: number,
    value: Value | null,
    options: KeepOptions & { readonly ttlMs: number },
  ): Promise<boolean> {
    return this.#transport.call(
      'recordSetIfNewer',
      (request) => {
        checkKey(key);
        checkVersion('version', version, 1);
        if (value !== null) checkValue(value);
        checkTtlMs(options?.ttlMs);
        request.text(key);
        request.number(version);
        request.flag(value !== null);
        if (value !== null) request.value(value);
        request.number(options.ttlMs);
      },
      readFlag,
      options,
    );
  }

  touch(key: string, ttlMs: number, options?: CallOptions): Promise<boolean> {
    return this.#transport.call(
      'recordTouch',
      (request) => {
        checkKey(key);
        checkTtlMs(ttlMs);
        request.text(key);
        request.number(ttlMs);
      },
      readFlag,
      options,
    );
  }

  delete(key: string, options?: CallOptions): Promise<boolean> {
    return this.#transport.call(
      'recordDelete',
      (request) => {
        checkKey(key);
        request.text(key);
      },
      readFlag,
      options,
    );
  }

  scan(prefix: string, options?: CallOptions): AsyncIterable<string> {
    return scan(this.#transport, SCAN_RECORDS, prefix, options);
  }
}
