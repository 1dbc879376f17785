/** `GET /health` and `GET /health/performance`. */
import { Router } from 'express';
import { methodNotAllowed } from '../problem.ts';
import type { DependencyReport } from '../services/dependency-health.ts';
import type { HealthReporter } from '../services/health-report.ts';

const NOT_LOADED = { state: { status: 'starting' } } as const;

/** @param dependencies undefined: they are not loaded yet */
export function healthRoutes(
  reporter: HealthReporter,
  clockMs: () => number,
  dependencies: () => DependencyReport | undefined,
): Router {
  const router = Router();
  router
    .route('/health')
    .get((_request, response) => {
      const health = reporter.health();
      response
        .status(health.status === 'ok' ? 200 : 503)
        .json({ ...health, dependencies: dependencies() ?? NOT_LOADED });
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
