/** `GET /`: the page. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { methodNotAllowed } from '../problem.ts';
import type { WorkerIdentity } from '../services/worker-identity.ts';
import { homePage } from '../views/home-page.ts';

export function homeRoutes(worker: WorkerIdentity): Router {
  const router = Router();
  router
    .route('/')
    .get((_request, response) => {
      const nonce = randomBytes(16).toString('base64');
      response.setHeader(
        'Content-Security-Policy',
        `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      );
      response.type('html').send(homePage(worker, nonce));
    })
    .all(methodNotAllowed);
  return router;
}
