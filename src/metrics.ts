/**
 * `tidegate/metrics`: figures of the app's own. prom-client's classes, as they are, and health checks. What they tell is merged over
 * all workers and stands in the runtime's GET /metrics and GET /health; outside of the runtime they are prom-client's and nothing more.
 */
export { Counter, Gauge, Histogram, register, Summary } from 'prom-client';
export { type HealthCheckOptions, healthCheck } from './scaling/app-metrics/health-check.ts';
