/** `GET /presence` and `GET /webrtc/stats`: who is connected to the realtime service, and what it has done, on all workers. */
import { Router } from 'express';
import { methodNotAllowed } from '../problem.ts';
import type { Services } from '../services.ts';

export function presenceRoutes({ presence }: Pick<Services, 'presence'>): Router {
  const router = Router();
  router
    .route('/presence')
    .get(async (_request, response) => {
      const users = await presence.users();
      response.json({ users, count: users.length });
    })
    .all(methodNotAllowed);
  router
    .route('/webrtc/stats')
    .get(async (_request, response) => {
      response.json(await presence.stats());
    })
    .all(methodNotAllowed);
  return router;
}
