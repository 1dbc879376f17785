import * as check from '../arguments.ts';
import type { CallOptions, Count, EntryCalls, KeepOptions, Value } from '../shared-state.ts';
import {
  encodeKept,
  encodeKey,
  encodeNames,
  readCount,
  readFlag,
  readNothing,
  readNumber,
  readOptional,
  readSize,
  readTexts,
} from './codec.ts';
import type { Transport } from './transport.ts';

/** The calls on the embedded store's entries: values, counts, hashes and sets. */
export abstract class EmbeddedEntries implements EntryCalls {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    return this.transport.call('get', encodeKey(key), readOptional, options);
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    return this.transport.call(
      'getMany',
      (request) => {
        check.checkNames('key', keys);
        request.texts(keys);
      },
      (reply) => Array.from({ length: reply.size() }, () => readOptional(reply)),
      options,
    );
  }

  set(key: string, value: Value, options?: KeepOptions): Promise<void> {
    return this.transport.call('set', encodeKept(key, value, options?.ttlMs), readNothing, options);
  }

  add(key: string, value: Value, options?: KeepOptions): Promise<boolean> {
    return this.transport.call('add', encodeKept(key, value, options?.ttlMs), readFlag, options);
  }

  deleteIfEqual(key: string, value: Value, options?: CallOptions): Promise<boolean> {
    return this.transport.call(
      'deleteIfEqual',
      (request) => {
        check.checkKey(key);
        check.checkValue(value);
        request.text(key);
        request.value(value);
      },
      readFlag,
      options,
    );
  }

  delete(keys: readonly string[], options?: CallOptions): Promise<number> {
    return this.transport.call(
      'delete',
      (request) => {
        check.checkNames('key', keys);
        request.texts(keys);
      },
      readSize,
      options,
    );
  }

  expire(key: string, ttlMs: number, options?: CallOptions): Promise<boolean> {
    return this.transport.call(
      'expire',
      (request) => {
        check.checkKey(key);
        check.checkTtlMs(ttlMs);
        request.text(key);
        request.number(ttlMs);
      },
      readFlag,
      options,
    );
  }

  increment(key: string, by: number, ttlMs: number, options?: CallOptions): Promise<Count> {
    return this.transport.call(
      'increment',
      (request) => {
        check.checkKey(key);
        check.checkBy(by);
        check.checkTtlMs(ttlMs);
        request.text(key);
        request.number(by);
        request.number(ttlMs);
      },
      readCount,
      options,
    );
  }

  count(key: string, options?: CallOptions): Promise<Count | undefined> {
    return this.transport.call(
      'count',
      encodeKey(key),
      (reply) => (reply.flag() ? readCount(reply) : undefined),
      options,
    );
  }

  hashSet(key: string, fields: Readonly<Record<string, Value>>, options?: KeepOptions): Promise<void> {
    return this.transport.call(
      'hashSet',
      (request) => {
        check.checkKey(key);
        check.checkFields(fields);
        check.checkOptionalTtlMs(options?.ttlMs);
        const pairs = Object.entries(fields);
        request.text(key);
        request.size(pairs.length);
        for (const [field, value] of pairs) {
          request.text(field);
          request.value(value);
        }
        request.number(options?.ttlMs ?? 0);
      },
      readNothing,
      options,
    );
  }

  hashGetAll(key: string, options?: CallOptions): Promise<Readonly<Record<string, Buffer>>> {
    return this.transport.call(
      'hashGetAll',
      encodeKey(key),
      // Not by assignment: a field may be called __proto__.
      (reply) => Object.fromEntries(Array.from({ length: reply.size() }, () => [reply.text(), reply.bytes()] as const)),
      options,
    );
  }

  hashDelete(key: string, fields: readonly string[], options?: CallOptions): Promise<number> {
    return this.transport.call('hashDelete', encodeNames(key, 'field', fields), readSize, options);
  }

  hashIncrement(key: string, field: string, by: number, options?: CallOptions): Promise<number> {
    return this.transport.call(
      'hashIncrement',
      (request) => {
        check.checkKey(key);
        check.checkName('the field', field);
        check.checkBy(by);
        request.text(key);
        request.text(field);
        request.number(by);
      },
      readNumber,
      options,
    );
  }

  setAdd(key: string, members: readonly string[], options?: KeepOptions): Promise<number> {
    return this.transport.call(
      'setAdd',
      (request) => {
        check.checkOptionalTtlMs(options?.ttlMs);
        encodeNames(key, 'member', members)(request);
        request.number(options?.ttlMs ?? 0);
      },
      readSize,
      options,
    );
  }

  setRemove(key: string, members: readonly string[], options?: CallOptions): Promise<number> {
    return this.transport.call('setRemove', encodeNames(key, 'member', members), readSize, options);
  }

  setMembers(key: string, options?: CallOptions): Promise<readonly string[]> {
    return this.transport.call('setMembers', encodeKey(key), readTexts, options);
  }
}
