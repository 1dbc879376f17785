/** Puts the app together: services, and the routes over them. */
import express, { type Express, type RequestHandler } from 'express';
import { LateServices } from './late-services.ts';
import { notFound, sendProblem } from './problem.ts';
import { appRoutes } from './routes/app.ts';
import { closingConnections } from './routes/closing-connections.ts';
import { healthRoutes } from './routes/health.ts';
import { homeRoutes } from './routes/home.ts';
import { requestTiming } from './routes/request-timing.ts';
import { sameSiteOnly } from './routes/same-site.ts';
import { streamRoutes } from './routes/streams.ts';
import { upgradeRoutes } from './routes/upgrades.ts';
import { workRoutes } from './routes/work.ts';
import { EventLoopMeter } from './services/event-loop-meter.ts';
import { HealthReporter } from './services/health-report.ts';
import { LatencyWindow } from './services/latency-window.ts';
import type { WorkerIdentity } from './services/worker-identity.ts';
import type { AppSettings } from './settings.ts';

const LATENCY_WINDOW_MS = 60_000;
const EVENT_LOOP_WINDOW_MS = 5_000;

export interface Application {
  readonly app: Express;
  readonly services: LateServices;
}

/** The Express app of one process. `stopping` aborts when the process has been told to stop. */
export function createApplication(worker: WorkerIdentity, settings: AppSettings, stopping: AbortSignal): Application {
  const clockMs = (): number => performance.now();
  const latencies = new LatencyWindow(LATENCY_WINDOW_MS, clockMs());
  const eventLoop = new EventLoopMeter(performance.eventLoopUtilization, EVENT_LOOP_WINDOW_MS, clockMs());
  const reporter = new HealthReporter(
    worker,
    { uptimeSeconds: process.uptime, memory: process.memoryUsage, stopping: () => stopping.aborted },
    latencies,
    eventLoop,
  );
  const services = new LateServices(worker, settings, reporter);

  const app = express();
  app.disable('x-powered-by');
  // Every answer differs from the last: hashing it for an ETag would be in vain.
  app.disable('etag');
  app.set('query parser', 'simple');
  if (settings.trustedProxies.length > 0) app.set('trust proxy', [...settings.trustedProxies]);
  app.use(closingConnections(stopping), requestTiming(latencies, clockMs), commonHeaders);
  app.use(homeRoutes(worker), appRoutes(worker));
  app.use(healthRoutes(reporter, clockMs, () => services.opened?.services.health.report()));
  app.use(upgradeRoutes('/ws', '/realtime'));
  app.use('/api', workRoutes(worker), streamRoutes(worker, stopping), sameSiteOnly, services.routes);
  app.use(notFound);
  app.use(sendProblem);
  return { app, services };
}

const commonHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  next();
};
