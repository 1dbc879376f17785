/** `GET` and `POST /reports/:kind`, and `GET /activity`. */
import { type RequestHandler, Router } from 'express';
import { allowOnly, methodNotAllowed } from '../problem.ts';
import { fieldsOf } from '../services/body-fields.ts';
import { wholeNumber } from '../services/whole-number.ts';
import type { Services } from '../services.ts';

const LIMIT = { min: 1, max: 100, fallback: 20, unit: 'reports' } as const;
const HOURS = { min: 1, max: 168, fallback: 24, unit: 'hours' } as const;

export function reportRoutes(
  { reports, events }: Pick<Services, 'reports' | 'events'>,
  loggedIn: readonly RequestHandler[],
  json: RequestHandler,
): Router {
  const router = Router();

  router
    .route('/reports/:kind')
    .get(async (request, response) => {
      const limit = wholeNumber(request.query, 'limit', LIMIT);
      const list = await reports.newest(request.params.kind as string, request.query.period, limit);
      // That it was a hit is more than can be known: it may have waited for another request's load.
      if (list.cached === 'load') response.set('X-Cache', 'MISS');
      response.json(list);
    })
    .post(...loggedIn, json, async (request, response) => {
      response.status(201).json(await reports.add(request.params.kind as string, fieldsOf(request.body)));
    })
    .all(allowOnly('GET, HEAD, POST'));

  router
    .route('/activity')
    .get(...loggedIn, async (request, response) => {
      const hours = wholeNumber(request.query, 'hours', HOURS);
      response.json({ hours, counts: await events.countsOfLast(hours) });
    })
    .all(methodNotAllowed);

  return router;
}
