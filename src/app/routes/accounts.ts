/** `POST /login`, `POST /logout` and `GET /me`. */
import { type RequestHandler, Router } from 'express';
import { allowOnly, methodNotAllowed } from '../problem.ts';
import { fieldsOf } from '../services/body-fields.ts';
import type { WorkerIdentity } from '../services/worker-identity.ts';
import type { Services } from '../services.ts';
import { beginSession, endSession, sessionName, sessionOf, userOf } from './sessions.ts';

export function accountRoutes(
  { accounts, events, hub }: Pick<Services, 'accounts' | 'events' | 'hub'>,
  cookies: RequestHandler,
  json: RequestHandler,
  worker: WorkerIdentity,
): Router {
  const router = Router();

  router
    .route('/login')
    .post(cookies, json, async (request, response) => {
      const user = await accounts.logIn(fieldsOf(request.body), request.ip ?? 'unknown');
      await beginSession(request, user, Date.now());
      events.note('login', user.id);
      response.json({ user });
    })
    .all(allowOnly('POST'));

  router
    .route('/logout')
    .post(cookies, async (request, response) => {
      const { user } = sessionOf(request);
      const name = sessionName(request.sessionID);
      await endSession(request);
      response.clearCookie('tidegate.sid', { httpOnly: true, sameSite: 'lax' });
      if (user !== undefined) {
        events.note('logout', user.id);
        // Its sockets last until they are closed; should this fail, they are the only thing that the session still has.
        await hub.logOut(user.id, name).catch(() => undefined);
      }
      response.status(204).end();
    })
    .all(allowOnly('POST'));

  router
    .route('/me')
    .get(cookies, (request, response) => {
      const user = userOf(request);
      const session = sessionOf(request);
      session.views = (session.views ?? 0) + 1;
      response.json({ user, session: { views: session.views, since: session.since }, worker });
    })
    .all(methodNotAllowed);

  return router;
}
