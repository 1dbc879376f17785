/** GET /events. */
import { route } from '../route.ts';

export const eventRoutes = [
  route({
    method: 'GET',
    path: '/events',
    access: 'viewer',
    tag: 'events',
    summary: 'Server-sent events: sample, decision, worker and alert. A client too slow to read them is disconnected',
    contentType: 'text/event-stream',
    answers: { 200: 'The stream', 503: 'TOO_MANY_STREAMS or STOPPING' },
    handle: ({ hub, request, response }) => {
      if (request.method === 'HEAD') {
        response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' }).end();
      } else {
        hub.add(response);
      }
      return undefined;
    },
  }),
];
