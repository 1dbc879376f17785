import { checkAmounts, checkKey, checkName } from '../arguments.ts';
import type { Amount, CallOptions, Reservations, ReserveResult } from '../shared-state.ts';
import { checkOptions } from './calls.ts';
import { pairs } from './collections.ts';
import type { KeyNames } from './key-names.ts';
import type { RedisConnection } from './redis-connection.ts';
import { RELEASE, RESERVE, TOKENS, USED } from './reservations-lua.ts';

/** Amounts taken together or not at all; each call is one script, so one step. */
export class RedisReservations implements Reservations {
  readonly #connection: RedisConnection;
  readonly #names: KeyNames;

  constructor(connection: RedisConnection, names: KeyNames) {
    this.#connection = connection;
    this.#names = names;
  }

  async reserve(key: string, token: string, amounts: readonly Amount[], options?: CallOptions): Promise<ReserveResult> {
    checkKey(key);
    checkName('the token', token);
    checkAmounts(amounts);
    checkOptions(options);
    const args = [token, ...amounts.flatMap(({ name, by, max }) => [name, by, max])];
    const reply = await this.#connection.run<readonly [1] | readonly [0, Buffer, Buffer]>(
      RESERVE,
      this.#names.reservation(key),
      args,
      options,
    );
    if (reply[0] === 1) return { granted: true };
    const refused = reply[1].toString();
    const max = amounts.find(({ name }) => name === refused)?.max as number;
    return { granted: false, name: refused, used: Number(reply[2]), max };
  }

  async release(key: string, token: string, options?: CallOptions): Promise<boolean> {
    checkKey(key);
    checkName('the token', token);
    checkOptions(options);
    return (await this.#connection.run(RELEASE, this.#names.reservation(key), [token], options)) === 1;
  }

  async used(key: string, options?: CallOptions): Promise<Readonly<Record<string, number>>> {
    checkKey(key);
    checkOptions(options);
    const flat = await this.#connection.run<Buffer[]>(USED, this.#names.reservation(key), [], options, false);
    return Object.fromEntries(pairs(flat).map(([name, amount]) => [name.toString(), Number(amount)]));
  }

  async tokens(key: string, options?: CallOptions): Promise<readonly string[]> {
    checkKey(key);
    checkOptions(options);
    const held = await this.#connection.run<Buffer[]>(TOKENS, this.#names.reservation(key), [], options, false);
    return held.map(String);
  }
}
