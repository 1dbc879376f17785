/** GET /api/v1/admin/circuit-breaker/stats; POST …/reset. */
import { z } from 'zod';
import { ProblemError } from '../problem.ts';
import { route } from '../route.ts';

const nameError = { error: () => 'the name of a breaker; without it all are reset' };
const resetBody = z.strictObject(
  { name: z.string(nameError).min(1, nameError).max(200, nameError).optional() },
  { error: () => 'a JSON object' },
);

export const breakerRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/admin/circuit-breaker/stats',
    access: 'admin',
    tag: 'breakers',
    summary: 'Every circuit breaker by name',
    answers: { 200: 'The statistics' },
    handle: ({ services }) => ({ body: services.balancer.breakers() }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/admin/circuit-breaker/reset',
    access: 'admin',
    tag: 'breakers',
    summary: 'Closes one circuit breaker, or all',
    body: resetBody,
    answers: { 200: 'The statistics after the reset', 404: 'BREAKER_NOT_FOUND' },
    handle: ({ services, body: { name }, audit }) => {
      const before = breakerState(services.balancer.breakers(), name);
      if (!services.balancer.resetBreakers(name)) {
        throw new ProblemError(404, 'BREAKER_NOT_FOUND', `There is no circuit breaker ${JSON.stringify(name)}`);
      }
      const breakers = services.balancer.breakers();
      audit('breaker.reset', before, breakerState(breakers, name));
      return { body: breakers };
    },
  }),
];

function breakerState(breakers: object, name: string | undefined): unknown {
  return name === undefined ? breakers : ((breakers as Record<string, unknown>)[name] ?? null);
}
