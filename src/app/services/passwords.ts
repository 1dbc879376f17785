/** Passwords as they may be kept: salted, and costly to guess. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

export interface KeptPassword {
  /** Base64. */
  readonly salt: string;
  /** Base64. */
  readonly hash: string;
}

/** Node's own defaults: 16 MiB and some 40 ms of a processor for each guess, on a thread of libuv's pool. */
const COST = { N: 16_384, r: 8, p: 1 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

export async function keepPassword(password: string): Promise<KeptPassword> {
  const salt = randomBytes(SALT_BYTES);
  return { salt: salt.toString('base64'), hash: (await derive(password, salt)).toString('base64') };
}

export async function isPassword(password: string, kept: KeptPassword): Promise<boolean> {
  const hash = await derive(password, Buffer.from(kept.salt, 'base64'));
  return timingSafeEqual(hash, Buffer.from(kept.hash, 'base64'));
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // The same text may reach us composed or decomposed, depending on the keyboard.
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, COST, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}
