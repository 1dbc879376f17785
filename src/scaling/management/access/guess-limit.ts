/** How often an address may be wrong about a token. Pure: time comes from the caller. */
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';

export interface GuessLimitOptions {
  /** So many different wrong tokens are let through within the window. */
  readonly attempts: number;
  readonly windowMs: number;
  /** Addresses remembered; the oldest are forgotten first. */
  readonly maxAddresses?: number;
}

interface Guesses {
  readonly digests: Set<string>;
  readonly sinceMs: number;
}

/**
 * Counts different wrong tokens: a scraper that goes on sending one outdated token guesses nothing, and must not lock out
 * everybody who shares its address.
 */
export class GuessLimit {
  readonly #options: Required<GuessLimitOptions>;
  readonly #byAddress = new Map<string, Guesses>();

  constructor(options: GuessLimitOptions) {
    this.#options = { maxAddresses: 10_000, ...options };
  }

  /** How long the address must wait before a token of its is looked at again, in ms; 0: not at all. */
  waitMs(address: string, nowMs: number): number {
    const guesses = this.#byAddress.get(network(address));
    if (guesses === undefined || guesses.digests.size < this.#options.attempts) return 0;
    return Math.max(0, guesses.sinceMs + this.#options.windowMs - nowMs);
  }

  /** A token from this address was wrong. */
  failed(address: string, token: string, nowMs: number): void {
    const key = network(address);
    let guesses = this.#byAddress.get(key);
    if (guesses === undefined || nowMs - guesses.sinceMs >= this.#options.windowMs) {
      this.#byAddress.delete(key);
      guesses = { digests: new Set(), sinceMs: nowMs };
      this.#byAddress.set(key, guesses);
      const [oldest] = this.#byAddress.keys();
      if (this.#byAddress.size > this.#options.maxAddresses && oldest !== undefined) this.#byAddress.delete(oldest);
    }
    guesses.digests.add(createHash('sha256').update(token).digest('base64'));
  }
}

/** One host has a /64 of IPv6 addresses to itself; its guesses count together. */
function network(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...(plain.includes('::') ? zeros : []), ...right].slice(0, 4).join(':');
}
