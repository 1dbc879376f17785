/** `POST /jobs`, `GET /jobs` and `GET /jobs/:id`. */
import { type RequestHandler, Router } from 'express';
import { allowOnly, methodNotAllowed } from '../problem.ts';
import { fieldsOf } from '../services/body-fields.ts';
import type { Services } from '../services.ts';
import { userOf } from './sessions.ts';

export function jobRoutes(
  { jobs, events }: Pick<Services, 'jobs' | 'events'>,
  loggedIn: readonly RequestHandler[],
  json: RequestHandler,
): Router {
  const router = Router();
  router
    .route('/jobs')
    .get(async (_request, response) => {
      response.json(await jobs.stats());
    })
    .post(...loggedIn, json, async (request, response) => {
      const user = userOf(request);
      const id = await jobs.submit(fieldsOf(request.body), user.id);
      events.note('job.submitted', user.id, { id });
      response
        .status(202)
        .set('Location', `/api/jobs/${encodeURIComponent(id)}`)
        .json({ id });
    })
    .all(allowOnly('GET, HEAD, POST'));
  router
    .route('/jobs/:id')
    .get(async (request, response) => {
      response.json(await jobs.find(request.params.id as string));
    })
    .all(methodNotAllowed);
  return router;
}
