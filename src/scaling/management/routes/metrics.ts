/** GET /metrics. */
import { ProblemError } from '../problem.ts';
import { route } from '../route.ts';

export const metricsRoutes = [
  route({
    method: 'GET',
    path: '/metrics',
    access: 'public',
    tag: 'metrics',
    summary: 'Metrics in the Prometheus text format',
    answers: { 200: 'The metrics', 404: 'FEATURE_DISABLED: METRICS_ENABLED is false' },
    contentType: 'text/plain',
    handle: async ({ services }) => {
      // A scraper reads statuses, not bodies, so this view answers an error where others say `enabled: false`.
      if (!services.config.metricsEnabled) {
        throw new ProblemError(404, 'FEATURE_DISABLED', 'METRICS_ENABLED is false', { enabled: false });
      }
      return { contentType: services.metrics.contentType, text: await services.metrics.expose() };
    },
  }),
];
