/** POST /workers/:id/restart, /workers/:id/cpu-profile, /workers/:id/heap-snapshot. */
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { RecordingWish } from '../../../ipc/recording.ts';
import { asProblem } from '../problem.ts';
import { REASON, type RouteContext, refuseWhileStopping, route } from '../route.ts';
import type { ManagementServices, WorkerControl } from '../services.ts';
import { DISABLED_CHANGE, type DisabledFeature, refuseDisabled } from './disabled.ts';

const FEATURE: DisabledFeature = {
  feature: 'workers',
  tag: 'workers',
  detail: () => 'This control API belongs to a process that has no workers of its own; ask the one that has',
};

/** A profile of so many samples is still opened by browsers. */
const MAX_SECONDS = 120;
const DEFAULT_SECONDS = 10;
/** A client that takes nothing of the file for so long is disconnected. */
const STALLED_MS = 30_000;
const SNAPSHOT_ANSWERS = 'WORKER_NOT_READY, RECORDING_RUNNING, RECORDING_STOPPED, WORKER_ENDED or STOPPING';
const WORKER_MISSING = 'WORKER_NOT_FOUND';
const FAILED = 'RECORDING_FAILED; the detail says why';

const idError = { error: () => 'the id of a worker, a whole number; GET /cluster/status has them' };
const workerParams = z.strictObject({ id: z.string(idError).regex(/^\d{1,15}$/, idError) });

const restartBody = z.strictObject(
  { reason: REASON.optional() },
  { error: () => 'a JSON object with reason, or none' },
);

const secondsError = { error: () => `a whole number from 1 to ${MAX_SECONDS}` };
const profileBody = z.strictObject(
  {
    durationSeconds: z
      .int(secondsError)
      .min(1, secondsError)
      .max(MAX_SECONDS, secondsError)
      .optional()
      .describe(`How long; ${DEFAULT_SECONDS} if absent.`),
  },
  { error: () => 'a JSON object with durationSeconds, or none' },
);

const forceError = { error: () => 'true or false' };
const snapshotBody = z.strictObject(
  { force: z.boolean(forceError).optional().describe('Even if memory could run out.') },
  { error: () => 'a JSON object with force, or none' },
);

export const workerRoutes = [
  route({
    method: 'POST',
    path: '/workers/:id/restart',
    access: 'operator',
    tag: 'workers',
    summary: 'Replaces one worker, the new one ready before it leaves; answers when the new one is ready',
    params: workerParams,
    body: restartBody,
    answers: {
      200: 'The new worker is ready',
      404: WORKER_MISSING,
      409: `WORKER_NOT_READY, WORKER_BUSY, RELOAD_RUNNING, STOPPING, or ${DISABLED_CHANGE}`,
      500: 'RESTART_FAILED; the detail says why, and the old worker stays',
    },
    handle: async ({ services, params, body, caller, audit }) => {
      refuseWhileStopping(services);
      const worker = Number(params.id);
      const { reason = '' } = body;
      try {
        const replacement = await workersOf(services).restart(worker, caller.who, reason);
        const after = { outcome: 'done', worker, replacement };
        audit('worker.restart', { worker, reason }, after);
        return { body: after };
      } catch (error) {
        const problem = asProblem(error, 'RESTART_FAILED');
        audit('worker.restart', { worker, reason }, { outcome: 'failed', code: problem.code, detail: problem.message });
        throw problem;
      }
    },
  }),
  route({
    method: 'POST',
    path: '/workers/:id/cpu-profile',
    // A profile names the app's functions and files, a snapshot holds its secrets; both cost the worker time.
    access: 'admin',
    tag: 'workers',
    summary: 'Records where one worker spends its CPU time, and answers with a .cpuprofile',
    params: workerParams,
    body: profileBody,
    answers: {
      200: 'The profile',
      404: WORKER_MISSING,
      409: `${SNAPSHOT_ANSWERS}, or ${DISABLED_CHANGE}`,
      500: FAILED,
      507: 'NO_SPACE',
    },
    handle: (context) => {
      const durationMs = (context.body.durationSeconds ?? DEFAULT_SECONDS) * 1000;
      return answerRecording(context, { kind: 'cpu-profile', durationMs, force: false });
    },
  }),
  route({
    method: 'POST',
    path: '/workers/:id/heap-snapshot',
    access: 'admin',
    tag: 'workers',
    summary:
      'Writes what the heap of one worker holds, and answers with a .heapsnapshot; the worker stands still meanwhile',
    params: workerParams,
    body: snapshotBody,
    answers: {
      200: 'The snapshot',
      404: WORKER_MISSING,
      409: `NOT_ENOUGH_MEMORY, ${SNAPSHOT_ANSWERS}, or ${DISABLED_CHANGE}`,
      500: FAILED,
      507: 'NO_SPACE',
    },
    handle: (context) =>
      answerRecording(context, { kind: 'heap-snapshot', durationMs: 0, force: context.body.force ?? false }),
  }),
];

async function answerRecording(
  { services, params, response, audit }: RouteContext<unknown, unknown, { readonly id: string }>,
  wish: RecordingWish,
): Promise<undefined> {
  refuseWhileStopping(services);
  const worker = Number(params.id);
  const action = `worker.${wish.kind}`;
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  const recording = await workersOf(services)
    .record(worker, wish, leaving.signal)
    .catch((error: unknown) => {
      const problem = asProblem(error, 'RECORDING_FAILED');
      audit(action, { worker, ...wish }, { outcome: 'failed', code: problem.code });
      throw problem;
    });
  const { file, fileName, bytes, pausedMs } = recording;
  // It is gone as soon as it is open, so that none is left behind, however this ends.
  const handle = await open(file).finally(() => recording.remove());
  try {
    audit(action, { worker, ...wish }, { outcome: 'done', bytes, pausedMs });
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': bytes,
      'Content-Disposition': `attachment; filename="${fileName}"`,
      'Tidegate-Paused-Ms': pausedMs,
    });
    response.setTimeout(STALLED_MS);
    await pipeline(handle.createReadStream(), response);
  } catch (error) {
    // The client has left in the middle: there is nobody to tell.
    if (!leaving.signal.aborted) throw error;
  } finally {
    await handle.close();
  }
  return undefined;
}

function workersOf(services: ManagementServices): WorkerControl {
  return services.workers ?? refuseDisabled(FEATURE, services);
}
