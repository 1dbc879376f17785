import { checkKey, checkNames, checkOptionalTtlMs, checkTtlMs, checkValue } from '../arguments.ts';
import type { CallOptions, KeepOptions, Value } from '../shared-state.ts';
import { bytesOf, checkOptions } from './calls.ts';
import type { KeyNames } from './key-names.ts';
import type { RedisConnection } from './redis-connection.ts';
import { DELETE_IF_EQUAL } from './values-lua.ts';

/** Plain values: strings of Redis. Lists of keys go key by key, so that they need not lie together in a Cluster. */
export class RedisValues {
  readonly #connection: RedisConnection;
  readonly #names: KeyNames;

  constructor(connection: RedisConnection, names: KeyNames) {
    this.#connection = connection;
    this.#names = names;
  }

  async get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    checkKey(key);
    checkOptions(options);
    const value = await this.#connection.read<Buffer | null>('get', [this.#names.entry(key)], options);
    return value ?? undefined;
  }

  async getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    checkNames('key', keys);
    checkOptions(options);
    return Promise.all(keys.map((key) => this.get(key, options)));
  }

  async set(key: string, value: Value, options?: KeepOptions): Promise<void> {
    await this.#connection.write('set', this.#keep(key, value, options), options);
  }

  async add(key: string, value: Value, options?: KeepOptions): Promise<boolean> {
    return (await this.#connection.write('set', [...this.#keep(key, value, options), 'NX'], options)) !== null;
  }

  async deleteIfEqual(key: string, value: Value, options?: CallOptions): Promise<boolean> {
    checkKey(key);
    checkValue(value);
    checkOptions(options);
    return (await this.#connection.run(DELETE_IF_EQUAL, this.#names.entry(key), [bytesOf(value)], options)) === 1;
  }

  async delete(keys: readonly string[], options?: CallOptions): Promise<number> {
    checkNames('key', keys);
    checkOptions(options);
    const gone = await Promise.all(
      keys.map((key) => this.#connection.write<number>('del', [this.#names.entry(key)], options)),
    );
    return gone.reduce((sum, one) => sum + one, 0);
  }

  async expire(key: string, ttlMs: number, options?: CallOptions): Promise<boolean> {
    checkKey(key);
    checkTtlMs(ttlMs);
    checkOptions(options);
    return (await this.#connection.write('pexpire', [this.#names.entry(key), ttlMs], options)) === 1;
  }

  /** The arguments of SET. */
  #keep(key: string, value: Value, options: KeepOptions | undefined): (string | Buffer | number)[] {
    checkKey(key);
    checkValue(value);
    checkOptions(options);
    checkOptionalTtlMs(options?.ttlMs);
    const time = options?.ttlMs === undefined ? [] : ['PX', options.ttlMs];
    return [this.#names.entry(key), bytesOf(value), ...time];
  }
}
