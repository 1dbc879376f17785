/** GET /redis/status. */
import { disabledView } from './disabled.ts';

const redis = {
  feature: 'redis',
  tag: 'redis',
  detail: ({ config }: { readonly config: { readonly redisEnabled: boolean } }) =>
    config.redisEnabled
      ? 'REDIS_ENABLED is set, but this version keeps nothing in Redis'
      : 'This version keeps nothing in Redis',
};

export const redisRoutes = [
  disabledView(redis, '/redis/status', 'viewer', 'Mode, nodes, slots, failovers, latency, degraded since'),
];
