/** Log-in: the first one of a name registers it. */
import { randomUUID } from 'node:crypto';
import type { RateLimit } from 'tidegate/state';
import { InvalidFieldError, TooManyAttemptsError, WrongPasswordError } from '../errors.ts';
import { type Accounts, nameKey } from '../repositories/state/accounts.ts';
import { type Fields, textField } from './body-fields.ts';
import { isPassword, keepPassword } from './passwords.ts';

export interface User {
  readonly id: string;
  readonly name: string;
}

const NAME = /^[\p{L}\p{M}\p{N}_.-](?:[\p{L}\p{M}\p{N} _.-]{0,30}[\p{L}\p{M}\p{N}_.-])$/u;
const NAME_ALLOWED = '2 to 32 letters, digits, spaces and _ - . without a space at either end';
const PASSWORD_LENGTH = { min: 4, max: 200 } as const;

export class AccountService {
  readonly #accounts: Accounts;
  readonly #attempts: RateLimit;

  constructor(accounts: Accounts, attempts: RateLimit) {
    this.#accounts = accounts;
    this.#attempts = attempts;
  }

  /**
   * @param address of the client: one who guesses at a name locks nobody else out of it
   * @throws InvalidFieldError, WrongPasswordError, TooManyAttemptsError
   */
  async logIn(fields: Fields, address: string): Promise<User> {
    const name = textField(fields, 'name', NAME, NAME_ALLOWED);
    const password = passwordOf(fields);
    const key = `${nameKey(name)}|${address}`;
    const { allowed, retryAfterMs } = await this.#attempts.consume(key);
    if (!allowed) throw new TooManyAttemptsError('to log in by this name', retryAfterMs);
    const account = (await this.#accounts.find(name)) ?? (await this.#register(name, password));
    if (!(await isPassword(password, account))) throw new WrongPasswordError();
    await Promise.all([this.#accounts.renew(name), this.#attempts.reset(key)]);
    return { id: account.id, name: account.name };
  }

  async #register(name: string, password: string) {
    const kept = await keepPassword(password);
    return this.#accounts.register({ id: randomUUID(), name, ...kept, createdAtMs: Date.now() });
  }
}

function passwordOf({ password }: Fields): string {
  const { min, max } = PASSWORD_LENGTH;
  if (typeof password === 'string' && password.length >= min && password.length <= max) return password;
  // The value itself is nothing to repeat.
  const given = typeof password === 'string' ? `${password.length} characters` : password && typeof password;
  throw new InvalidFieldError('password', given, `a text of ${min} to ${max} characters`);
}
