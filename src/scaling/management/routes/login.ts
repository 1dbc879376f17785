/** POST /login and POST /logout: a browser gives its token once, and holds a cookie that no script can read. */
import { z } from 'zod';
import { ProblemError } from '../problem.ts';
import { NO_FIELDS, route } from '../route.ts';
import { sessionView } from './session.ts';

const MAX_TOKEN_LENGTH = 8_192;
const tokenError = { error: () => `a token of 1 to ${MAX_TOKEN_LENGTH} characters` };

const loginBody = z.strictObject(
  {
    token: z
      .string(tokenError)
      .min(1, tokenError)
      .max(MAX_TOKEN_LENGTH, tokenError)
      .describe('One of MANAGEMENT_TOKENS, without its role, or a JSON web token.'),
  },
  { error: () => 'a JSON object with token' },
);

export const loginRoutes = [
  route({
    method: 'POST',
    path: '/login',
    access: 'public',
    tag: 'session',
    summary: 'Opens a session for a browser: sets an HttpOnly cookie, answers with role and CSRF token',
    body: loginBody,
    answers: {
      200: 'The session, and the cookie',
      401: 'TOKEN_INVALID',
      409: 'LOGIN_NOT_NEEDED: no tokens are configured, and everybody here is admin',
      429: 'TOO_MANY_ATTEMPTS, with Retry-After',
    },
    handle: async ({ authentication, caller, request, response, body, auditAs }) => {
      if (!authentication.demandsCredentials || caller.from === 'socket') {
        throw new ProblemError(409, 'LOGIN_NOT_NEEDED', 'No token is needed here: every caller is admin');
      }
      const { session, cookie } = await authentication.login(request, body.token.trim());
      const { who, role } = session.identity;
      auditAs({ ...caller, who, role }, 'session.login', null, { untilMs: session.expiresAtMs });
      response.setHeader('Set-Cookie', cookie);
      return { body: sessionView({ who, role }, session) };
    },
  }),
  route({
    method: 'POST',
    path: '/logout',
    access: 'token',
    tag: 'session',
    summary: 'Ends the session of the cookie, and takes the cookie away',
    body: NO_FIELDS,
    answers: { 200: 'Ended, or there was none' },
    handle: ({ authentication, request, response, audit }) => {
      const session = authentication.sessionOf(request);
      response.setHeader('Set-Cookie', authentication.logout(request));
      if (session !== undefined) audit('session.logout', { untilMs: session.expiresAtMs }, null);
      return { body: { ended: session !== undefined } };
    },
  }),
];
