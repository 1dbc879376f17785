/** The routes over everything on the shared state and the database. */
import express, { type RequestHandler, Router } from 'express';
import { methodNotAllowed } from '../problem.ts';
import type { HealthReporter } from '../services/health-report.ts';
import type { WorkerIdentity } from '../services/worker-identity.ts';
import type { Services } from '../services.ts';
import { accountRoutes } from './accounts.ts';
import { jobRoutes } from './jobs.ts';
import { leaseRoutes } from './leases.ts';
import { limitedRoutes } from './limited.ts';
import { presenceRoutes } from './presence.ts';
import { reportRoutes } from './reports.ts';
import { loggedInOnly, sessionCookies } from './sessions.ts';

const BODY_BYTES = 65_536;

export interface ServiceRoutes {
  /** To be mounted at `/api`. */
  readonly router: Router;
  /** Loads a request's session; WebSockets need it too. */
  readonly session: RequestHandler;
}

export function serviceRoutes(services: Services, worker: WorkerIdentity, reporter: HealthReporter): ServiceRoutes {
  const session = sessionCookies(services.sessionStore, services.sessionSecret);
  const json = express.json({ limit: BODY_BYTES });
  const loggedIn = [session, loggedInOnly];
  const router = Router();
  router.use(accountRoutes(services, session, json, worker));
  router.use(presenceRoutes(services));
  router.use(reportRoutes(services, loggedIn, json));
  router.use(jobRoutes(services, loggedIn, json));
  router.use(leaseRoutes(services, loggedIn, json));
  router.use(limitedRoutes(services, worker));
  router
    .route('/health')
    .get(async (_request, response) => {
      const dependencies = await services.health.detail();
      const health = reporter.health();
      response.status(health.status === 'ok' ? 200 : 503).json({ ...health, dependencies, ...services.statistics() });
    })
    .all(methodNotAllowed);
  return { router, session };
}
