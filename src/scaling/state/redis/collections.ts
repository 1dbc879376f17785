import { checkBy, checkFields, checkKey, checkName, checkNames, checkOptionalTtlMs } from '../arguments.ts';
import type { CallOptions, KeepOptions, Value } from '../shared-state.ts';
import { bytesOf, checkOptions } from './calls.ts';
import { HASH_INCREMENT, HASH_SET_FOR, SET_ADD_FOR } from './collections-lua.ts';
import type { KeyNames } from './key-names.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Hashes and sets; gone with the last field or member. */
export class RedisCollections {
  readonly #connection: RedisConnection;
  readonly #names: KeyNames;

  constructor(connection: RedisConnection, names: KeyNames) {
    this.#connection = connection;
    this.#names = names;
  }

  /** Without a TTL the hash's time is as it was. */
  async hashSet(key: string, fields: Readonly<Record<string, Value>>, options?: KeepOptions): Promise<void> {
    checkKey(key);
    checkFields(fields);
    checkOptions(options);
    const { ttlMs } = options ?? {};
    checkOptionalTtlMs(ttlMs);
    const flat = Object.entries(fields).flatMap(([field, value]) => [field, bytesOf(value)]);
    if (flat.length === 0) return;
    const name = this.#names.entry(key);
    if (ttlMs === undefined) await this.#connection.write('hset', [name, ...flat], options);
    else await this.#connection.run(HASH_SET_FOR, name, [ttlMs, ...flat], options);
  }

  async hashGetAll(key: string, options?: CallOptions): Promise<Readonly<Record<string, Buffer>>> {
    checkKey(key);
    checkOptions(options);
    const flat = await this.#connection.read<Buffer[]>('hgetall', [this.#names.entry(key)], options);
    return Object.fromEntries(pairs(flat).map(([field, value]) => [field.toString(), value]));
  }

  async hashDelete(key: string, fields: readonly string[], options?: CallOptions): Promise<number> {
    return this.#change('hdel', key, 'field', fields, options);
  }

  async hashIncrement(key: string, field: string, by: number, options?: CallOptions): Promise<number> {
    checkKey(key);
    checkName('the field', field);
    checkBy(by);
    checkOptions(options);
    return Number(await this.#connection.run<Buffer>(HASH_INCREMENT, this.#names.entry(key), [field, by], options));
  }

  /** Without a TTL the set's time is as it was. */
  async setAdd(key: string, members: readonly string[], options?: KeepOptions): Promise<number> {
    const { ttlMs } = options ?? {};
    checkOptionalTtlMs(ttlMs);
    if (ttlMs === undefined) return this.#change('sadd', key, 'member', members, options);
    checkKey(key);
    checkNames('member', members);
    checkOptions(options);
    if (members.length === 0) return 0;
    return this.#connection.run<number>(SET_ADD_FOR, this.#names.entry(key), [ttlMs, ...members], options);
  }

  async setRemove(key: string, members: readonly string[], options?: CallOptions): Promise<number> {
    return this.#change('srem', key, 'member', members, options);
  }

  async setMembers(key: string, options?: CallOptions): Promise<readonly string[]> {
    checkKey(key);
    checkOptions(options);
    const members = await this.#connection.read<Buffer[]>('smembers', [this.#names.entry(key)], options);
    return members.map(String);
  }

  /** A command on some fields or members that answers how many it was about. */
  async #change(
    command: string,
    key: string,
    what: string,
    items: readonly string[],
    options: CallOptions | undefined,
  ): Promise<number> {
    checkKey(key);
    checkNames(what, items);
    checkOptions(options);
    if (items.length === 0) return 0;
    return this.#connection.write<number>(command, [this.#names.entry(key), ...items], options);
  }
}

/** Redis answers what belongs together one after the other. */
export function pairs(flat: readonly Buffer[]): [Buffer, Buffer][] {
  const found: [Buffer, Buffer][] = [];
  for (let index = 0; index < flat.length; index += 2) found.push([flat[index] as Buffer, flat[index + 1] as Buffer]);
  return found;
}
