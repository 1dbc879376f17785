/** Puts the app together: services, and the routes over them. */
import express, { type Express, type RequestHandler } from 'express';
import { notFound, sendProblem } from './problem.ts';
import { chatRoutes } from './routes/chat.ts';
import { closingConnections } from './routes/closing-connections.ts';
import { healthRoutes } from './routes/health.ts';
import { homeRoutes } from './routes/home.ts';
import { requestTiming } from './routes/request-timing.ts';
import { streamRoutes } from './routes/streams.ts';
import { workRoutes } from './routes/work.ts';
import { EventLoopMeter } from './services/event-loop-meter.ts';
import { HealthReporter } from './services/health-report.ts';
import { LatencyWindow } from './services/latency-window.ts';
import type { WorkerIdentity } from './services/worker-identity.ts';

const LATENCY_WINDOW_MS = 60_000;
const EVENT_LOOP_WINDOW_MS = 5_000;

/** The Express app of one process. `stopping` aborts when the process has been told to stop. */
export function createApplication(worker: WorkerIdentity, stopping: AbortSignal): Express {
  const clockMs = (): number => performance.now();
  const latencies = new LatencyWindow(LATENCY_WINDOW_MS, clockMs());
  const eventLoop = new EventLoopMeter(performance.eventLoopUtilization, EVENT_LOOP_WINDOW_MS, clockMs());
  const reporter = new HealthReporter(
    worker,
    { uptimeSeconds: process.uptime, memory: process.memoryUsage, stopping: () => stopping.aborted },
    latencies,
    eventLoop,
  );

  const app = express();
  app.disable('x-powered-by');
  // Every answer differs from the last: hashing it for an ETag would be in vain.
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(closingConnections(stopping), requestTiming(latencies, clockMs), commonHeaders);
  app.use(homeRoutes(worker));
  app.use(healthRoutes(reporter, clockMs));
  app.use(chatRoutes());
  app.use('/api', workRoutes(worker), streamRoutes(worker, stopping));
  app.use(notFound);
  app.use(sendProblem);
  return app;
}

const commonHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  next();
};
