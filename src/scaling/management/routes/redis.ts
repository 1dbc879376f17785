/** GET /redis/status. */
import { route } from '../route.ts';
import { DISABLED_VIEW, type DisabledFeature, disabledAnswer } from './disabled.ts';

const redis: DisabledFeature = {
  feature: 'redis',
  tag: 'redis',
  detail: ({ config }) =>
    config.redisEnabled
      ? 'REDIS_ENABLED is set, but nothing is kept in Redis here'
      : 'Nothing is kept in Redis: the embedded driver keeps the shared state (REDIS_ENABLED=false)',
};

export const redisRoutes = [
  route({
    method: 'GET',
    path: '/redis/status',
    access: 'viewer',
    tag: redis.tag,
    summary: 'Mode, nodes, slots, failovers, latency, degraded since',
    answers: { 200: `The status, ${DISABLED_VIEW}` },
    handle: async ({ services }) =>
      services.redis === undefined ? disabledAnswer(redis, services) : { body: await services.redis.status() },
  }),
];
