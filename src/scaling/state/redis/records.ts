import { checkKey, checkPrefix, checkTtlMs, checkValue, checkVersion } from '../arguments.ts';
import type {
  CallOptions,
  CompareAndSetResult,
  KeepOptions,
  Value,
  VersionedRecord,
  VersionedRecords,
} from '../shared-state.ts';
import { bytesOf, checkOptions } from './calls.ts';
import type { KeyNames } from './key-names.ts';
import { COMPARE_AND_SET, DELETE_RECORD, READ_RECORD, SET_IF_NEWER, TOUCH_RECORD } from './records-lua.ts';
import type { RedisConnection } from './redis-connection.ts';
import { scanNames } from './scan.ts';

type RecordReply = readonly [version: Buffer, value: Buffer, ttlMs: number];
type Keep = KeepOptions & { readonly ttlMs: number };

/** Versioned records; each call is one script, so one step. */
export class RedisRecords implements VersionedRecords {
  readonly #connection: RedisConnection;
  readonly #names: KeyNames;

  constructor(connection: RedisConnection, names: KeyNames) {
    this.#connection = connection;
    this.#names = names;
  }

  async read(key: string, options?: CallOptions): Promise<VersionedRecord | undefined> {
    checkKey(key);
    checkOptions(options);
    const name = this.#names.record(key);
    const reply = await this.#connection.run<RecordReply | null>(READ_RECORD, name, [], options, false);
    return reply === null ? undefined : recordOf(reply);
  }

  async compareAndSet(key: string, expected: number, value: Value, options: Keep): Promise<CompareAndSetResult> {
    checkKey(key);
    checkVersion('expected', expected, 0);
    checkValue(value);
    checkTtlMs(options?.ttlMs);
    checkOptions(options);
    const [stored, ...rest] = await this.#connection.run<readonly [0 | 1, ...unknown[]]>(
      COMPARE_AND_SET,
      this.#names.record(key),
      [expected, bytesOf(value), options.ttlMs],
      options,
    );
    if (stored === 1) return { stored: true, version: Number(rest[0]) };
    return { stored: false, current: rest.length === 0 ? undefined : recordOf(rest as unknown as RecordReply) };
  }

  async setIfNewer(key: string, version: number, value: Value | null, options: Keep): Promise<boolean> {
    checkKey(key);
    checkVersion('version', version, 1);
    if (value !== null) checkValue(value);
    checkTtlMs(options?.ttlMs);
    checkOptions(options);
    const args = [version, options.ttlMs, ...(value === null ? [] : [bytesOf(value)])];
    return (await this.#connection.run(SET_IF_NEWER, this.#names.record(key), args, options)) === 1;
  }

  async touch(key: string, ttlMs: number, options?: CallOptions): Promise<boolean> {
    checkKey(key);
    checkTtlMs(ttlMs);
    checkOptions(options);
    return (await this.#connection.run(TOUCH_RECORD, this.#names.record(key), [ttlMs], options)) === 1;
  }

  async delete(key: string, options?: CallOptions): Promise<boolean> {
    checkKey(key);
    checkOptions(options);
    return (await this.#connection.run(DELETE_RECORD, this.#names.record(key), [], options)) === 1;
  }

  async *scan(prefix: string, options?: CallOptions): AsyncGenerator<string> {
    checkPrefix(prefix);
    checkOptions(options);
    for await (const name of scanNames(this.#connection, this.#names.record(prefix), 'hash', options)) {
      yield this.#names.keyOf(name);
    }
  }
}

function recordOf([version, value, ttlMs]: RecordReply): VersionedRecord {
  return { version: Number(version), value, ttlMs };
}
