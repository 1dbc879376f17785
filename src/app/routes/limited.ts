/** `GET /limited/standard`, `/limited/strict` and `/limited/progressive`: five requests in ten seconds, to try what comes after. */
import { Router } from 'express';
import { methodNotAllowed } from '../problem.ts';
import type { WorkerIdentity } from '../services/worker-identity.ts';
import type { Services } from '../services.ts';

export function limitedRoutes({ limits }: Pick<Services, 'limits'>, worker: WorkerIdentity): Router {
  const router = Router();
  for (const [kind, limit] of Object.entries(limits)) {
    router
      .route(`/limited/${kind}`)
      .get(limit.middleware(), (_request, response) => {
        response.json({ ok: true, limit: kind, worker });
      })
      .all(methodNotAllowed);
  }
  return router;
}
