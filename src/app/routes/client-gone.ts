/** Work for a client that has left is wasted: a signal tells when. */
import type { Response } from 'express';

/** Aborts when the response is complete or its client is gone, or as soon as `also` does. */
export function clientGone(response: Response, also?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (also?.aborted) abort();
  also?.addEventListener('abort', abort, { once: true });
  response.once('close', () => {
    also?.removeEventListener('abort', abort);
    abort();
  });
  return controller.signal;
}
