/** The whole control API: a new resource is a new file and one line here. */
import type { Route } from '../route.ts';
import { alertRoutes } from './alerts.ts';
import { breakerRoutes } from './breakers.ts';
import { capacityRoutes } from './capacity.ts';
import { clusterRoutes } from './cluster.ts';
import { dashboardRoutes } from './dashboard.ts';
import { eventRoutes } from './events.ts';
import { fleetRoutes } from './fleet.ts';
import { healthRoutes } from './health.ts';
import { historyRoutes } from './history.ts';
import { instanceRoutes } from './instances.ts';
import { loadBalancerRoutes } from './loadbalancer.ts';
import { loginRoutes } from './login.ts';
import { logRoutes } from './logs.ts';
import { memoryRoutes } from './memory.ts';
import { metricsRoutes } from './metrics.ts';
import { openApiRoutes } from './openapi.ts';
import { redisRoutes } from './redis.ts';
import { scalingRoutes } from './scaling.ts';
import { sessionRoutes } from './session.ts';
import { workerRoutes } from './workers.ts';

export const routes: readonly Route[] = [
  ...dashboardRoutes,
  ...sessionRoutes,
  ...loginRoutes,
  ...healthRoutes,
  ...metricsRoutes,
  ...historyRoutes,
  ...alertRoutes,
  ...clusterRoutes,
  ...workerRoutes,
  ...memoryRoutes,
  ...scalingRoutes,
  ...loadBalancerRoutes,
  ...redisRoutes,
  ...fleetRoutes,
  ...capacityRoutes,
  ...instanceRoutes,
  ...breakerRoutes,
  ...eventRoutes,
  ...logRoutes,
  ...openApiRoutes(() => routes),
];
