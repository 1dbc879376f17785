/** GET /cluster/status; POST /cluster/reload, /cluster/restart, /cluster/stop. */
import type { ServerResponse } from 'node:http';
import type { ReloadStatus } from '../../../ipc/status.ts';
import { asProblem } from '../problem.ts';
import { NO_FIELDS, type RouteContext, refuseWhileStopping, route } from '../route.ts';

export const clusterRoutes = [
  route({
    method: 'GET',
    path: '/cluster/status',
    access: 'viewer',
    tag: 'cluster',
    summary: 'Workers, their states and restarts, and the last drain receipts',
    answers: { 200: 'The status' },
    handle: ({ services }) => ({ body: services.cluster.status() }),
  }),
  route({
    method: 'POST',
    path: '/cluster/reload',
    access: 'operator',
    tag: 'cluster',
    summary: 'Rolling reload; streams its progress, and its last line has the outcome done or failed',
    body: NO_FIELDS,
    contentType: 'application/x-ndjson',
    answers: { 200: 'One ReloadStatus a line', 409: 'RELOAD_RUNNING or STOPPING' },
    handle: async (context) => {
      refuseWhileStopping(context.services);
      const before = summary(context.services.cluster.status());
      const progress = context.services.cluster.reload(context.caller.who)[Symbol.asyncIterator]();
      // The first step comes before the head, so that a refusal can still be a status.
      const first = await progress.next().catch((error: unknown) => {
        throw asProblem(error, 'RELOAD_FAILED');
      });
      context.audit('cluster.reload', before, { outcome: 'running' });
      context.response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
      const last = await follow(progress, first, context);
      context.audit('cluster.reload', { outcome: 'running' }, last ?? null);
      context.response.end();
      return undefined;
    },
  }),
  route({
    method: 'POST',
    path: '/cluster/restart',
    access: 'operator',
    tag: 'cluster',
    summary: 'Replaces all workers at once, without a canary; answers when the new ones are ready',
    body: NO_FIELDS,
    answers: { 200: 'All are ready', 409: 'RELOAD_RUNNING or STOPPING', 500: 'RESTART_FAILED; the detail says why' },
    handle: async ({ services, caller, audit }) => {
      refuseWhileStopping(services);
      const before = summary(services.cluster.status());
      audit('cluster.restart', before, { outcome: 'running' });
      try {
        await services.cluster.restart(caller.who);
      } catch (error) {
        const problem = asProblem(error, 'RESTART_FAILED');
        audit('cluster.restart', before, { outcome: 'failed', code: problem.code, detail: problem.message });
        throw problem;
      }
      const after = { outcome: 'done', ...summary(services.cluster.status()) };
      audit('cluster.restart', before, after);
      return { body: after };
    },
  }),
  route({
    method: 'POST',
    path: '/cluster/stop',
    access: 'operator',
    tag: 'cluster',
    summary: 'Drains and ends the whole runtime; answers at once',
    body: NO_FIELDS,
    answers: { 202: 'Stopping', 409: 'STOPPING: it already is' },
    handle: ({ services, caller, audit }) => {
      refuseWhileStopping(services);
      audit('cluster.stop', summary(services.cluster.status()), { stopping: true });
      services.cluster.stop(caller.who);
      return { status: 202, body: { stopping: true } };
    },
  }),
];

/** Writes each progress as a line. The reload goes on when its reader leaves: half a reload helps nobody. */
async function follow(
  progress: AsyncIterator<ReloadStatus>,
  first: IteratorResult<ReloadStatus>,
  { response, nowMs }: RouteContext<unknown, unknown, unknown>,
): Promise<ReloadStatus | undefined> {
  let last: ReloadStatus | undefined;
  try {
    for (let step = first; step.done !== true; step = await progress.next()) {
      last = step.value;
      writeLine(response, last);
    }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    // Only a later step can throw, so there is a last one.
    last = { ...(last as ReloadStatus), finishedAtMs: nowMs(), outcome: 'failed', detail };
    writeLine(response, last);
  }
  return last;
}

function writeLine(response: ServerResponse, line: object): void {
  if (!response.destroyed) response.write(`${JSON.stringify(line)}\n`);
}

function summary(status: { generation: number; desired: number; ready: number }): object {
  return { generation: status.generation, desired: status.desired, ready: status.ready };
}
