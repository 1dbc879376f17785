/** Who calls: by a token, by a session of the dashboard, from loopback when neither is configured, or over our socket. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Config, ROLES, type Role } from '../../../config/schema.ts';
import { GuessLimit } from './access/guess-limit.ts';
import type { Identity } from './access/identity.ts';
import { JwtVerifier } from './access/jwt.ts';
import { sessionCookie, sessionIdOf } from './access/session-cookie.ts';
import { provesItsPage, type Session, Sessions } from './access/sessions.ts';
import { configuredTokens, StaticTokens } from './access/static-tokens.ts';
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
  /** When the credential ends that it came with; missing: never by itself. */
  readonly expiresAtMs?: number;
}

/** By which way a request came in. */
export type Entrance = { readonly kind: 'tcp'; readonly host: string } | { readonly kind: 'socket' };

/** A login: the session, and the cookie for the answer. */
export interface Login {
  readonly session: Session;
  readonly cookie: string;
}

export interface AuthenticationParts {
  readonly tokens: StaticTokens;
  readonly jwt: JwtVerifier | null;
  readonly sessions: Sessions;
  readonly guesses: GuessLimit;
  readonly nowMs: () => number;
}

const CHALLENGE = 'Bearer realm="tidegate"';
const READS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Judges requests by the credentials they bring. */
export class Authentication {
  readonly #parts: AuthenticationParts;

  constructor(parts: AuthenticationParts) {
    this.#parts = parts;
  }

  /**
   * Reads tokens and keys as configured.
   * @throws AccessConfigError for files that can't be used
   */
  static async load(config: Config, nowMs: () => number): Promise<Authentication> {
    return new Authentication({
      tokens: new StaticTokens(configuredTokens(config)),
      jwt: await JwtVerifier.load(config),
      sessions: new Sessions({
        lifetimeMs: config.managementSessionMs,
        randomText: () => randomBytes(32).toString('base64url'),
      }),
      guesses: new GuessLimit({ attempts: config.managementLoginAttempts, windowMs: config.managementLoginWindowMs }),
      nowMs,
    });
  }

  /** False: no credentials are configured, and loopback is open. */
  get demandsCredentials(): boolean {
    return !this.#parts.tokens.isEmpty || this.#parts.jwt !== null;
  }

  /**
   * The caller, who may do what `access` asks.
   * @throws ProblemError 401 TOKEN_REQUIRED or TOKEN_INVALID, 403 FORBIDDEN or CSRF_TOKEN_INVALID, 429 TOO_MANY_ATTEMPTS
   */
  async admit(request: IncomingMessage, entrance: Entrance, access: Access): Promise<Caller> {
    if (entrance.kind === 'socket') return { who: 'command line', role: 'admin', from: 'socket' };
    const from = addressOf(request);
    if (access === 'public') return { who: 'anybody', role: 'viewer', from };
    if (!this.demandsCredentials) {
      // Held even if the host name of the listener resolved to something else than it seemed to be.
      if (!isLoopbackAddress(request.socket.localAddress ?? '')) throw unauthorized('TOKEN_REQUIRED', CHALLENGE);
      return { who: 'loopback', role: 'admin', from };
    }
    const { who, role, expiresAtMs } = await this.#identify(request, from);
    if (access !== 'token' && ROLES.indexOf(role) < ROLES.indexOf(access)) {
      throw new ProblemError(403, 'FORBIDDEN', `This takes the role ${access}; yours is ${role}`);
    }
    return { who, role, from, ...(expiresAtMs !== null && { expiresAtMs }) };
  }

  /** Whether a caller that was admitted would still be: a stream lasts longer than a request. */
  isStillAdmitted(request: IncomingMessage, { who, from, expiresAtMs }: Caller): boolean {
    if (from === 'socket' || !this.demandsCredentials) return true;
    if (expiresAtMs !== undefined && this.#parts.nowMs() >= expiresAtMs) return false;
    const cameBySession = request.headers.authorization === undefined;
    return !cameBySession || this.sessionOf(request)?.identity.who === who;
  }

  /**
   * Opens a session for whom the token names.
   * @throws ProblemError 401 TOKEN_INVALID, 429 TOO_MANY_ATTEMPTS
   */
  async login(request: IncomingMessage, token: string): Promise<Login> {
    const identity = await this.#byToken(token, addressOf(request));
    const nowMs = this.#parts.nowMs();
    const { id, session } = this.#parts.sessions.open(identity, nowMs);
    return { session, cookie: sessionCookie(request, id, session.expiresAtMs - nowMs) };
  }

  /** The session that a request belongs to, if it is one of the dashboard's. */
  sessionOf(request: IncomingMessage): Session | undefined {
    const id = request.headers.authorization === undefined ? sessionIdOf(request) : undefined;
    return id === undefined ? undefined : this.#parts.sessions.find(id, this.#parts.nowMs());
  }

  /** Ends the request's session. @returns the cookie that takes the old one away */
  logout(request: IncomingMessage): string {
    const id = sessionIdOf(request);
    if (id !== undefined) this.#parts.sessions.close(id);
    return sessionCookie(request, '', 0);
  }

  async #identify(request: IncomingMessage, from: string): Promise<Identity> {
    const session = this.sessionOf(request);
    if (session !== undefined) {
      // The cookie comes along whoever makes the browser send a request; only our page knows the second secret.
      const given = request.headers['x-csrf-token'];
      if (READS.has(request.method) || provesItsPage(session, typeof given === 'string' ? given : undefined)) {
        return session.identity;
      }
      const detail = 'A change by a session takes its X-CSRF-Token; GET /session has it';
      throw new ProblemError(403, 'CSRF_TOKEN_INVALID', detail);
    }
    const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw unauthorized('TOKEN_REQUIRED', CHALLENGE);
    return this.#byToken(token, from);
  }

  async #byToken(token: string, from: string): Promise<Identity> {
    const { tokens, jwt, guesses, nowMs } = this.#parts;
    const waitMs = guesses.waitMs(from, nowMs());
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      const detail = `Too many wrong tokens came from this address; wait ${seconds} s`;
      throw new ProblemError(429, 'TOO_MANY_ATTEMPTS', detail, { headers: { 'Retry-After': String(seconds) } });
    }
    const identity = tokens.find(token) ?? (await jwt?.find(token, nowMs()));
    if (identity !== undefined) return identity;
    guesses.failed(from, token, nowMs());
    throw unauthorized('TOKEN_INVALID', `${CHALLENGE}, error="invalid_token"`);
  }
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? 'unknown';
}

function unauthorized(code: 'TOKEN_REQUIRED' | 'TOKEN_INVALID', challenge: string): ProblemError {
  const detail =
    code === 'TOKEN_REQUIRED'
      ? 'Send one of MANAGEMENT_TOKENS, or a JSON web token, as "Authorization: Bearer <token>"'
      : 'The token given is none of MANAGEMENT_TOKENS, and no JSON web token that is valid here and now';
  return new ProblemError(401, code, detail, { headers: { 'WWW-Authenticate': challenge } });
}
