/** Responses that take their time: server-sent events and downloads. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Router } from 'express';
import { methodNotAllowed } from '../problem.ts';
import { generateBytes } from '../services/byte-stream.ts';
import { ticks } from '../services/tick-stream.ts';
import { wholeNumber } from '../services/whole-number.ts';
import type { WorkerIdentity } from '../services/worker-identity.ts';
import { clientGone } from './client-gone.ts';

const STREAM_SECONDS = { min: 1, max: 60, fallback: 10, unit: 'seconds' } as const;
const DOWNLOAD_MB = { min: 1, max: 1_024, fallback: 1, unit: 'MiB' } as const;
const MIB = 1_048_576;

/** Streams end early, with an event that says so, when `stopping` aborts; downloads are finished. */
export function streamRoutes(worker: WorkerIdentity, stopping: AbortSignal): Router {
  const router = Router();

  router
    .route('/stream')
    .get(async (request, response) => {
      const seconds = wholeNumber(request.query, 'seconds', STREAM_SECONDS);
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      const over = clientGone(response, stopping);
      const send = (event: string, data: object): boolean =>
        response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      try {
        // At most 60 short events: they may wait in memory for a slow reader.
        for await (const tick of ticks(seconds, (ms, signal) => wait(ms, undefined, { signal }), over)) {
          send('tick', { ...tick, worker });
        }
      } catch (error) {
        if (!over.aborted) throw error;
      }
      send('end', { reason: over.aborted ? 'stopping' : 'complete' });
      response.end();
    })
    .all(methodNotAllowed);

  router
    .route('/download')
    .get(async (request, response) => {
      const totalBytes = wholeNumber(request.query, 'mb', DOWNLOAD_MB) * MIB;
      response.writeHead(200, {
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': 'attachment; filename="download.bin"',
        'Content-Length': totalBytes,
      });
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      await pipeline(Readable.from(generateBytes(totalBytes), { highWaterMark: 1 }), response).catch(
        (error: unknown) => {
          if (!clientLeft(error)) throw error;
        },
      );
    })
    .all(methodNotAllowed);

  return router;
}

function clientLeft(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
