/** GET /loadbalancer/status. */
import { route } from '../route.ts';

export const loadBalancerRoutes = [
  route({
    method: 'GET',
    path: '/loadbalancer/status',
    access: 'viewer',
    tag: 'loadbalancer',
    summary: 'Mode, policy, and for each upstream its state, claims, connections, latency and breaker',
    answers: { 200: 'The status' },
    handle: ({ services }) => ({ body: services.balancer.status() }),
  }),
];
