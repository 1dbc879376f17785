/** GET /events. */
import { z } from 'zod';
import { route } from '../route.ts';

const viewError = { error: () => 'samples or changes' };
const eventsQuery = z.strictObject({
  view: z
    .enum(['samples', 'changes'], viewError)
    .optional()
    .describe('samples (the default): the whole cluster each time. changes: the whole once, then what is different.'),
});

export const eventRoutes = [
  route({
    method: 'GET',
    path: '/events',
    access: 'viewer',
    tag: 'events',
    summary:
      'Server-sent events: sample (or state and change), decision, worker and alert. A client too slow to read them, or whose session or token ends, is disconnected',
    query: eventsQuery,
    contentType: 'text/event-stream',
    answers: { 200: 'The stream', 503: 'TOO_MANY_STREAMS or STOPPING' },
    handle: ({ authentication, caller, hub, query, request, response }) => {
      if (request.method === 'HEAD') {
        response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' }).end();
      } else {
        hub.add(response, query.view, () => authentication.isStillAdmitted(request, caller));
      }
      return undefined;
    },
  }),
];
