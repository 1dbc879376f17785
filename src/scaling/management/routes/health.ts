/** GET /health and /health/performance. */
import { route } from '../route.ts';

export const healthRoutes = [
  route({
    method: 'GET',
    path: '/health',
    access: 'public',
    tag: 'health',
    summary: 'Status, uptime, memory, workers and dependencies',
    answers: { 200: 'Healthy', 503: 'Unhealthy; the body says why' },
    plainErrors: [503],
    handle: ({ services }) => {
      const { ok, body } = services.health.health();
      return { status: ok ? 200 : 503, body };
    },
  }),
  route({
    method: 'GET',
    path: '/health/performance',
    access: 'viewer',
    tag: 'health',
    summary: 'Latency percentiles, event-loop utilization, CPU and memory, for each worker and merged',
    answers: { 200: 'The figures' },
    handle: ({ services }) => ({ body: services.health.performance() }),
  }),
];
