/** A process of a load test that has several: takes its share by IPC, and reports each second. */
import { setTimeout as delay } from 'node:timers/promises';
import { Meter } from './meter.ts';
import type { Share } from './plan.ts';
import { runShare } from './run.ts';

const REPORT_MS = 1_000;

const stop = new AbortController();
// Without its parent nobody reads what it counts.
process.once('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

process.once('message', async (share: Share) => {
  const meter = new Meter();
  const done = new AbortController();
  const report = (): void => void process.send?.({ delta: meter.take() });
  const running = runShare(share, meter, stop.signal).finally(() => done.abort());
  const reporting = (async () => {
    while (!done.signal.aborted) {
      await delay(REPORT_MS, undefined, { signal: done.signal }).catch(() => undefined);
      report();
    }
  })();
  const error = await running.then(
    () => null,
    (thrown: Error) => thrown.message,
  );
  await reporting;
  process.send?.({ done: true, error }, () => process.exit(0));
});
