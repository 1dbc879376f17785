// Uses a share of a core (0 to 1) for some milliseconds in slices of about one, and needs nothing else: what a load costs without what it does.
// By itself, `node spin.mjs FOR_MS SHARE`; or as a part of an app.
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Longest without a pause when it has been kept from running. */
const SLICE_MS = 2;

export async function spin(forMs, share) {
  const usedMs = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  };
  const startedMs = performance.now();
  const usedBeforeMs = usedMs();
  for (;;) {
    const sliceMs = performance.now();
    if (sliceMs >= startedMs + forMs) return;
    const dueMs = usedBeforeMs + (sliceMs - startedMs) * share;
    while (usedMs() < dueMs && performance.now() < sliceMs + SLICE_MS);
    await delay(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [forMs, share] = process.argv.slice(2).map(Number);
  await spin(forMs, share);
}
