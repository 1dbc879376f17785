/** `GET /health` and `GET /health/performance`. */
import { Router } from 'express';
import { methodNotAllowed } from '../problem.ts';
import type { HealthReporter } from '../services/health-report.ts';

export function healthRoutes(reporter: HealthReporter, clockMs: () => number): Router {
  const router = Router();
  router
    .route('/health')
    .get((_request, response) => {
      const health = reporter.health();
      response.status(health.status === 'ok' ? 200 : 503).json(health);
    })
    .all(methodNotAllowed);
  router
    .route('/health/performance')
    .get((_request, response) => {
      response.json(reporter.performance(clockMs()));
    })
    .all(methodNotAllowed);
  return router;
}
