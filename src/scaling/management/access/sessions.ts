/** Logins of the dashboard: they live in this process, and end with it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Identity } from './identity.ts';

/** Enough for people; a script that logs in without end pushes out the oldest sessions, not the memory. */
const MAX_SESSIONS = 1_000;

export interface Session {
  readonly identity: Identity;
  /** What a page must send in X-CSRF-Token with every change. */
  readonly csrfToken: string;
  readonly expiresAtMs: number;
}

export interface SessionsOptions {
  readonly lifetimeMs: number;
  /** 256 random bits as text. */
  readonly randomText: () => string;
}

/** By the digest of their ids: whoever reads this memory's dump still has no cookie. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #byDigest = new Map<string, Session>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** @returns the id for the cookie, and the session, which ends no later than the credential it was opened with */
  open(identity: Identity, nowMs: number): { readonly id: string; readonly session: Session } {
    this.#forgetEnded(nowMs);
    const id = this.#options.randomText();
    const ownEndMs = nowMs + this.#options.lifetimeMs;
    const session = {
      identity,
      csrfToken: this.#options.randomText(),
      expiresAtMs: Math.min(ownEndMs, identity.expiresAtMs ?? ownEndMs),
    };
    this.#byDigest.set(digestOf(id), session);
    return { id, session };
  }

  find(id: string, nowMs: number): Session | undefined {
    const session = this.#byDigest.get(digestOf(id));
    return session === undefined || session.expiresAtMs <= nowMs ? undefined : session;
  }

  /** @returns whether there was such a session */
  close(id: string): boolean {
    return this.#byDigest.delete(digestOf(id));
  }

  #forgetEnded(nowMs: number): void {
    for (const [digest, { expiresAtMs }] of this.#byDigest) if (expiresAtMs <= nowMs) this.#byDigest.delete(digest);
    const [oldest] = this.#byDigest.keys();
    if (this.#byDigest.size >= MAX_SESSIONS && oldest !== undefined) this.#byDigest.delete(oldest);
  }
}

/** Whether a request's X-CSRF-Token is the session's; takes the same time for every wrong one. */
export function provesItsPage(session: Session, given: string | undefined): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(session.csrfToken), digest(given));
}

function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('base64');
}
