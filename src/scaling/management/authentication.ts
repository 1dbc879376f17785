/** Who calls: a static token, anybody on loopback when no tokens are set, or a process that may open our socket. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ROLES, type Role } from '../../../config/schema.ts';
import { isLoopbackAddress } from './loopback.ts';
import { ProblemError } from './problem.ts';

/** What a route asks for: `public` nothing, `token` a caller of any role, else at least that role (viewer < operator < admin). */
export type Access = 'public' | 'token' | Role;

/** Whoever sent the request. `who` goes into the audit log and never holds a token, only its fingerprint. */
export interface Caller {
  readonly who: string;
  readonly role: Role;
  /** The client's address, or `socket`. */
  readonly from: string;
}

/** By which way a request came in. */
export type Entrance = { readonly kind: 'tcp'; readonly host: string } | { readonly kind: 'socket' };

interface KnownToken {
  readonly role: Role;
  readonly digest: Buffer;
}

const CHALLENGE = 'Bearer realm="tidegate"';

/** The configured tokens, as digests. */
export class Authentication {
  readonly #tokens: readonly KnownToken[];

  /** @param managementTokens `role:token`, as in MANAGEMENT_TOKENS */
  constructor(managementTokens: readonly string[]) {
    this.#tokens = managementTokens.map((entry) => {
      const colon = entry.indexOf(':');
      return { role: entry.slice(0, colon) as Role, digest: digestOf(entry.slice(colon + 1)) };
    });
  }

  /**
   * The caller, who may do what `access` asks.
   * @throws ProblemError 401 TOKEN_REQUIRED or TOKEN_INVALID, 403 FORBIDDEN
   */
  admit(request: IncomingMessage, entrance: Entrance, access: Access): Caller {
    if (entrance.kind === 'socket') return { who: 'command line', role: 'admin', from: 'socket' };
    const from = request.socket.remoteAddress ?? 'unknown';
    if (access === 'public') return { who: 'anybody', role: 'viewer', from };
    if (this.#tokens.length === 0) {
      // Held even if the host name of the listener resolved to something else than it seemed to be.
      if (!isLoopbackAddress(request.socket.localAddress ?? '')) throw unauthorized('TOKEN_REQUIRED', CHALLENGE);
      return { who: 'loopback', role: 'admin', from };
    }
    const caller = this.#byToken(request.headers.authorization, from);
    if (access !== 'token' && ROLES.indexOf(caller.role) < ROLES.indexOf(access)) {
      const detail = `This takes the role ${access}; the token given has the role ${caller.role}`;
      throw new ProblemError(403, 'FORBIDDEN', detail);
    }
    return caller;
  }

  #byToken(authorization: string | undefined, from: string): Caller {
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw unauthorized('TOKEN_REQUIRED', CHALLENGE);
    const digest = digestOf(token);
    // Every token is compared, and digests rather than tokens, so that time tells neither which one nor how much of it matched.
    const [match] = this.#tokens.filter((known) => timingSafeEqual(known.digest, digest));
    if (match === undefined) throw unauthorized('TOKEN_INVALID', `${CHALLENGE}, error="invalid_token"`);
    return { who: `token ${digest.toString('hex').slice(0, 8)}`, role: match.role, from };
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unauthorized(code: 'TOKEN_REQUIRED' | 'TOKEN_INVALID', challenge: string): ProblemError {
  const detail =
    code === 'TOKEN_REQUIRED'
      ? 'Send one of MANAGEMENT_TOKENS as "Authorization: Bearer <token>"'
      : 'The token given is none of MANAGEMENT_TOKENS';
  return new ProblemError(401, code, detail, { headers: { 'WWW-Authenticate': challenge } });
}
