/** GET /session: who the caller is, for pages. */
import type { Role } from '../../../../config/schema.ts';
import type { Session } from '../access/sessions.ts';
import { route } from '../route.ts';

/** The body of GET /session and of a login. Without a session of the dashboard (a token, loopback) nothing needs a CSRF token. */
export function sessionView(
  caller: { readonly who: string; readonly role: Role },
  session: Session | undefined,
): object {
  return {
    role: caller.role,
    name: caller.who,
    csrfToken: session?.csrfToken ?? null,
    expiresAtMs: session?.expiresAtMs ?? null,
  };
}

export const sessionRoutes = [
  route({
    method: 'GET',
    path: '/session',
    access: 'token',
    tag: 'session',
    summary: 'Role and name of the caller; for a session of the dashboard its CSRF token and end',
    answers: { 200: 'The caller' },
    handle: ({ authentication, caller, request }) => ({ body: sessionView(caller, authentication.sessionOf(request)) }),
  }),
];
