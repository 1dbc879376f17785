/** Sessions by cookie: who the request's user is. */
import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import session, { type Store } from 'express-session';
import { NotLoggedInError } from '../errors.ts';
import type { User } from '../services/accounts.ts';

/** What the app keeps of a session. */
export interface SessionFields {
  user?: User;
  /** Milliseconds since 1970. */
  since?: number;
  views?: number;
}

const HOUR_MS = 3_600_000;

/**
 * Loads and saves `request.session`. The secret is agreed on before the first request that needs it; if that fails, so does the request,
 * and the next one tries again.
 */
export function sessionCookies(store: Store, secret: () => Promise<string>): RequestHandler {
  let made: Promise<RequestHandler> | undefined;
  const make = async (): Promise<RequestHandler> =>
    session({
      name: 'tidegate.sid',
      store,
      secret: await secret(),
      resave: false,
      saveUninitialized: false,
      rolling: true,
      cookie: { httpOnly: true, sameSite: 'lax', maxAge: HOUR_MS, secure: 'auto' },
    });
  return async (request, response, next) => {
    made ??= make();
    let handler: RequestHandler;
    try {
      handler = await made;
    } catch (error) {
      made = undefined;
      throw error;
    }
    handler(request, response, next);
  };
}

/** The fields of a request whose session is loaded; what is changed there is kept. */
export function sessionOf(request: Request): SessionFields {
  return request.session as SessionFields;
}

/** The user of a request whose session is loaded. @throws NotLoggedInError */
export function userOf(request: Request): User {
  const { user } = sessionOf(request);
  if (user === undefined) throw new NotLoggedInError();
  return user;
}

/** Lets logged-in users pass. */
export const loggedInOnly: RequestHandler = (request, _response, next) => {
  userOf(request);
  next();
};

/** Begins a session of its own for the user: one that was known before the log-in must not be worth anything after it. */
export function beginSession(request: Request, user: User, nowMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    request.session.regenerate((failure) => {
      if (failure) return reject(failure);
      Object.assign(sessionOf(request), { user, since: nowMs, views: 0 });
      request.session.save((error) => (error ? reject(error) : resolve()));
    });
  });
}

export function endSession(request: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    request.session.destroy((error) => (error ? reject(error) : resolve()));
  });
}

/** Names a session without giving it away: its id is as good as a password. */
export function sessionName(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('base64url');
}
