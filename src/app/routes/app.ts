/** `GET /app`: the page that uses all of it. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { methodNotAllowed } from '../problem.ts';
import type { WorkerIdentity } from '../services/worker-identity.ts';
import { appPage } from '../views/app-page.ts';

export function appRoutes(worker: WorkerIdentity): Router {
  const router = Router();
  router
    .route('/app')
    .get((_request, response) => {
      const nonce = randomBytes(16).toString('base64');
      response.setHeader(
        'Content-Security-Policy',
        `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; media-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      );
      response.type('html').send(appPage(worker, nonce));
    })
    .all(methodNotAllowed);
  return router;
}
