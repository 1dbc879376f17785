/** Middleware: how long each request took, into the worker's latency window. */
import type { RequestHandler } from 'express';
import type { LatencyWindow } from '../services/latency-window.ts';

/**
 * Counts from the request's arrival to the end of its response. Event streams are left out: they last as long as
 * their clients ask. So are requests whose client left before the end.
 */
export function requestTiming(latencies: LatencyWindow, clockMs: () => number): RequestHandler {
  return (_request, response, next) => {
    const startedMs = clockMs();
    response.once('finish', () => {
      if (String(response.getHeader('Content-Type')).startsWith('text/event-stream')) return;
      const nowMs = clockMs();
      latencies.record(nowMs - startedMs, nowMs);
    });
    next();
  };
}
