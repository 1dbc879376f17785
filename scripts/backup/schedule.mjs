// Makes a backup every BACKUP_EVERY, counted from the newest there is: a restart neither skips one nor makes one too many. A failed one is
// tried again after a minute. Logs are JSON, a line each.
import { createBackup, newestOf, prune, timeOf } from './archive.mjs';
import { readSettings } from './settings.mjs';

const RETRY_MS = 60_000;
/** The clock is looked at again by then: it may be set, and timers do not run while a machine sleeps. */
const LONGEST_WAIT_MS = 60_000;

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop.abort());

const log = (level, message, fields = {}) =>
  process.stdout.write(`${JSON.stringify({ level, message, ...fields, timestamp: new Date().toISOString() })}\n`);

let settings;
try {
  settings = readSettings(process.env);
} catch (error) {
  log('error', error.message);
  process.exit(2);
}
log('info', 'backups are made', { everyMs: settings.everyMs, keepMs: settings.keepMs, directory: settings.directory });
let retryAtMs = 0;
while (!stop.signal.aborted) {
  const nowMs = Date.now();
  const newest = newestOf(settings.directory, nowMs);
  const retryMs = Math.min(retryAtMs, nowMs + RETRY_MS);
  const dueAtMs = Math.max(newest === undefined ? 0 : timeOf(newest) + settings.everyMs, retryMs);
  if (nowMs < dueAtMs) {
    await waitUntil(dueAtMs);
    continue;
  }
  try {
    const { name, tookMs, files } = await createBackup(settings, Date.now());
    log('info', 'backup made', { name, tookMs, bytes: files.reduce((total, { bytes }) => total + bytes, 0) });
    const removed = prune(settings, Date.now());
    if (removed.length > 0) log('info', 'old backups removed', { removed });
  } catch (error) {
    log('error', `backup failed: ${error.message}`, { code: error.code });
    retryAtMs = Date.now() + RETRY_MS;
  }
}
log('info', 'stopped');

function waitUntil(atMs) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(atMs - Date.now(), LONGEST_WAIT_MS));
    stop.signal.addEventListener('abort', end);
  });
}
