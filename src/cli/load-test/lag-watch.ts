import type { Meter } from './meter.ts';

/** As often as that the generator is asked to be on time. */
const PERIOD_MS = 20;

/**
 * Notes how late this process comes to what is due: by so much it may take an answer for later than it was. Without it a closed loop,
 * which begins nothing by the clock, would never know that it measures itself.
 */
export function watchLag(meter: Pick<Meter, 'wasLate'>, until: AbortSignal): void {
  let dueMs = performance.now() + PERIOD_MS;
  const look = (): void => {
    if (until.aborted) return;
    const nowMs = performance.now();
    meter.wasLate(Math.max(0, nowMs - dueMs));
    dueMs = nowMs + PERIOD_MS;
    setTimeout(look, PERIOD_MS).unref();
  };
  setTimeout(look, PERIOD_MS).unref();
}
