import { checkBy, checkKey, checkTtlMs } from '../arguments.ts';
import type { CallOptions, Count } from '../shared-state.ts';
import { checkOptions } from './calls.ts';
import { INCREMENT, READ_COUNT } from './counts-lua.ts';
import type { KeyNames } from './key-names.ts';
import type { RedisConnection } from './redis-connection.ts';

type CountReply = readonly [value: Buffer, ttlMs: number];

/** Counts that begin their time with the first increment. */
export class RedisCounts {
  readonly #connection: RedisConnection;
  readonly #names: KeyNames;

  constructor(connection: RedisConnection, names: KeyNames) {
    this.#connection = connection;
    this.#names = names;
  }

  /** Sent once: an increment whose answer was lost is not repeated. */
  async increment(key: string, by: number, ttlMs: number, options?: CallOptions): Promise<Count> {
    checkKey(key);
    checkBy(by);
    checkTtlMs(ttlMs);
    checkOptions(options);
    return countOf(await this.#connection.run<CountReply>(INCREMENT, this.#names.entry(key), [by, ttlMs], options));
  }

  async count(key: string, options?: CallOptions): Promise<Count | undefined> {
    checkKey(key);
    checkOptions(options);
    const name = this.#names.entry(key);
    const reply = await this.#connection.run<CountReply | null>(READ_COUNT, name, [], options, false);
    return reply === null ? undefined : countOf(reply);
  }
}

function countOf([value, ttlMs]: CountReply): Count {
  return { value: Number(value), ttlMs };
}
