import { createHmac } from 'node:crypto';
import type { Upstream } from './upstream/upstream.ts';

const SIGNATURE_CHARACTERS = 22; // 132 bits

/**
 * The cookie that names a client's upstream by its slot, signed. A value is read by looking it up among the slots' own: no hash is
 * computed per request, and what is not exactly ours is nobody's.
 */
export class AffinityCookies {
  readonly name: string;
  readonly #secret: string;
  readonly #attributes: string;
  readonly #values = new Map<number, string>();
  readonly #pattern: RegExp;

  constructor(name: string, secret: string, secure: boolean) {
    this.name = name;
    this.#secret = secret;
    this.#attributes = `; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
    this.#pattern = new RegExp(`(?:^|;)\\s*${name}=([^;]*)`);
  }

  /** The upstream a Cookie field names; undefined without our cookie, or when that upstream is gone. */
  pinned(cookie: string | undefined, members: readonly Upstream[]): Upstream | undefined {
    const value = cookie === undefined ? undefined : this.#pattern.exec(cookie)?.[1];
    if (value === undefined) return undefined;
    // Two of one slot: the one that isn't leaving.
    const holders = members.filter((member) => this.#valueOf(member.slot) === value);
    return holders.find((member) => !member.draining) ?? undefined;
  }

  /** The line that pins a client to `upstream`. */
  line(upstream: Upstream): string {
    return `Set-Cookie: ${this.name}=${this.#valueOf(upstream.slot)}${this.#attributes}\r\n`;
  }

  #valueOf(slot: number): string {
    const known = this.#values.get(slot);
    if (known !== undefined) return known;
    const signature = createHmac('sha256', this.#secret).update(`slot ${slot}`).digest('base64url');
    const value = `${slot}.${signature.slice(0, SIGNATURE_CHARACTERS)}`;
    this.#values.set(slot, value);
    return value;
  }
}
