/** GET /cluster/memory. */
import { route } from '../route.ts';

export const memoryRoutes = [
  route({
    method: 'GET',
    path: '/cluster/memory',
    access: 'viewer',
    tag: 'cluster',
    summary: 'How the memory of each worker grows, and the time until it is recycled if it goes on so',
    answers: { 200: 'limitBytes, and for each worker rssBytes, bytesPerHour and limitInMs; null where there is none' },
    handle: ({ services }) => ({
      body: { limitBytes: services.memory?.limitBytes ?? null, workers: services.memory?.trends() ?? [] },
    }),
  }),
];
