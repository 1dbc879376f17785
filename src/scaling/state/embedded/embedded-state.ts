import * as check from '../arguments.ts';
import { StateError } from '../errors.ts';
import type {
  CallOptions,
  Count,
  KeepOptions,
  Reservations,
  SharedState,
  StateStatus,
  Unsubscribe,
  Value,
  VersionedRecords,
} from '../shared-state.ts';
import {
  encodeKept,
  encodeKey,
  encodeNames,
  readCount,
  readFlag,
  readJson,
  readNothing,
  readNumber,
  readOptional,
  readSize,
  readTexts,
} from './codec.ts';
import { EmbeddedRecords } from './embedded-records.ts';
import { EmbeddedReservations } from './embedded-reservations.ts';
import { SCAN_KEYS } from './protocol.ts';
import { scan } from './scan.ts';
import type { StoreFigures } from './store/store.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { Transport } from './transport.ts';
import type { WireReader } from './wire-reader.ts';

/** The embedded store as its callers see it, wherever it is: checks arguments and turns calls into operations. */
export abstract class EmbeddedState implements SharedState {
  readonly driver = 'embedded';
  readonly records: VersionedRecords;
  readonly reservations: Reservations;
  protected readonly transport: Transport;
  protected readonly subscriptions: Subscriptions;

  constructor(transport: Transport, subscriptions: Subscriptions) {
    this.transport = transport;
    this.subscriptions = subscriptions;
    this.records = new EmbeddedRecords(transport);
    this.reservations = new EmbeddedReservations(transport);
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

  scan(prefix: string, options?: CallOptions): AsyncIterable<string> {
    return scan(this.transport, SCAN_KEYS, prefix, options);
  }

  publish(channel: string, message: Value, options?: CallOptions): Promise<void> {
    return this.transport.call(
      'publish',
      (request) => {
        check.checkName('the channel', channel);
        check.checkValue(message);
        request.text(channel);
        request.value(message);
      },
      readNothing,
      options,
    );
  }

  subscribe(channel: string, listener: (message: Buffer) => void): Promise<Unsubscribe> {
    return this.subscriptions.add(channel, listener);
  }

  async ping(options?: CallOptions): Promise<number> {
    const startMs = performance.now();
    await this.transport.call('ping', () => {}, readNothing, options);
    return performance.now() - startMs;
  }

  /**
   * One operation of a module beside the store. `argument` and the result are JSON.
   * @throws StateModuleError with the module's code; StateError STATE_BAD_ARGUMENT when there is no such module. A lost answer is ambiguous.
   */
  callModule(name: string, operation: string, argument: unknown, options?: CallOptions): Promise<unknown> {
    let json: string;
    try {
      // Before the request is begun: whatever `argument` does when it is turned to JSON, it can't be in the middle of it.
      json = JSON.stringify(argument) ?? '';
    } catch (error) {
      const message = `the argument of ${name}.${operation} can't be JSON: ${(error as Error).message}`;
      return Promise.reject(new StateError('STATE_BAD_ARGUMENT', message, { cause: error }));
    }
    return this.transport.call(
      'callModule',
      (request) => {
        check.checkName('the module', name);
        check.checkName('the operation', operation);
        request.text(name);
        request.text(operation);
        request.text(json);
      },
      readJson,
      options,
    );
  }

  /** How full the store is, and what it had to let go. */
  figures(options?: CallOptions): Promise<StoreFigures> {
    return this.transport.call('figures', () => {}, readJson as (reply: WireReader) => StoreFigures, options);
  }

  abstract status(): StateStatus;
  abstract close(): Promise<void>;
}
