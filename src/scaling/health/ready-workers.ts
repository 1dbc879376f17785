import type { Observation, WorkerFigures } from '../autoscale/observation.ts';

/** Older figures say nothing of the present; the same limit that the auto-scaler sets. */
export const FRESH_WITHIN_MS = 3_000;

/** Figures of the ready workers that reported within the last 3 s. */
export function freshFigures({ workers }: Observation): readonly WorkerFigures[] {
  return workers
    .filter(({ phase, sampleAgeMs }) => phase === 'ready' && sampleAgeMs !== null && sampleAgeMs <= FRESH_WITHIN_MS)
    .map(({ figures }) => figures)
    .filter((figures) => figures !== null);
}

/** How long each ready worker has been silent; one that never reported, since it was ready. */
export function silences({
  atMs,
  workers,
}: Observation): readonly { readonly id: number; readonly silentMs: number }[] {
  return workers
    .filter(({ phase }) => phase === 'ready')
    .map(({ id, sampleAgeMs, readyAtMs }) => ({
      id,
      silentMs: sampleAgeMs ?? Math.max(0, atMs - (readyAtMs ?? atMs)),
    }));
}
