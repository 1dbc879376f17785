/** `POST /leases`, `POST /leases/:id/{connect,heartbeat,disconnect}`, `GET /leases/:id` and `GET /leases`. */
import { type RequestHandler, Router } from 'express';
import { allowOnly, methodNotAllowed } from '../problem.ts';
import { fieldsOf } from '../services/body-fields.ts';
import type { Services } from '../services.ts';
import { userOf } from './sessions.ts';

const ACTIONS = ['connect', 'heartbeat', 'disconnect'] as const;

export function leaseRoutes(
  { leases, events }: Pick<Services, 'leases' | 'events'>,
  loggedIn: readonly RequestHandler[],
  json: RequestHandler,
): Router {
  const router = Router();
  router
    .route('/leases')
    .get(...loggedIn, async (request, response) => {
      response.json({ history: await leases.historyOf(userOf(request).id) });
    })
    .post(...loggedIn, json, async (request, response) => {
      const { id: userId } = userOf(request);
      const lease = await leases.create(userId, fieldsOf(request.body ?? {}));
      events.note('lease.granted', userId, { id: lease.id });
      response
        .status(201)
        .location(`/api/leases/${encodeURIComponent(lease.id)}`)
        .json(lease);
    })
    .all(allowOnly('GET, HEAD, POST'));
  router
    .route('/leases/:id')
    .get(...loggedIn, async (request, response) => {
      response.json(await leases.find(userOf(request).id, request.params.id as string));
    })
    .all(methodNotAllowed);
  for (const action of ACTIONS) {
    router
      .route(`/leases/:id/${action}`)
      .post(...loggedIn, async (request, response) => {
        const { id: userId } = userOf(request);
        const lease = await leases.act(userId, request.params.id as string, action);
        if (action !== 'heartbeat') events.note(`lease.${lease.status}`, userId, { id: lease.id });
        response.json(lease);
      })
      .all(allowOnly('POST'));
  }
  return router;
}
