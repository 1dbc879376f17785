/** Three kinds of request that load a worker differently: none, processor, waiting. */
import { setTimeout as wait } from 'node:timers/promises';
import { Router } from 'express';
import { methodNotAllowed } from '../problem.ts';
import { burnCpu } from '../services/cpu-work.ts';
import { wholeNumber } from '../services/whole-number.ts';
import type { WorkerIdentity } from '../services/worker-identity.ts';
import { clientGone } from './client-gone.ts';

const CPU_MS = { min: 1, max: 2_000, fallback: 50, unit: 'milliseconds' } as const;
const IO_MS = { min: 1, max: 10_000, fallback: 50, unit: 'milliseconds' } as const;

export function workRoutes(worker: WorkerIdentity): Router {
  const router = Router();

  router
    .route('/fast')
    .get((_request, response) => {
      response.json({ ok: true, worker });
    })
    .all(methodNotAllowed);

  router
    .route('/cpu')
    .get((request, response) => {
      const askedMs = wholeNumber(request.query, 'ms', CPU_MS);
      response.json({ ok: true, askedMs, ...burnCpu(askedMs), worker });
    })
    .all(methodNotAllowed);

  router
    .route('/io')
    .get(async (request, response) => {
      const askedMs = wholeNumber(request.query, 'ms', IO_MS);
      const gone = clientGone(response);
      // A timer stands for the database: the worker waits, and its event loop is free for others.
      await wait(askedMs, undefined, { signal: gone }).catch((error: unknown) => {
        if (!gone.aborted) throw error;
      });
      if (!gone.aborted) response.json({ ok: true, askedMs, worker });
    })
    .all(methodNotAllowed);

  return router;
}
