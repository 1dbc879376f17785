/** What processes take of the cores, and how long they wait for one, as the scheduler counts it (/proc/PID/task/TID/schedstat). */
import { readdirSync, readFileSync } from 'node:fs';

export interface CoreUse {
  /** On a core, all threads together. */
  readonly ranMs: number;
  /** The main thread's time in the queue for one. */
  readonly waitedMs: number;
}

export function coreUse(pid: number): CoreUse {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => scheduled(`/proc/${pid}/task/${thread}`));
  return { ranMs: threads.reduce((sum, { ranMs }) => sum + ranMs, 0), waitedMs: scheduled(`/proc/${pid}`).waitedMs };
}

function scheduled(path: string): CoreUse {
  try {
    const [ranNs = 0, waitedNs = 0] = readFileSync(`${path}/schedstat`, 'latin1').split(' ').map(Number);
    return { ranMs: ranNs / 1e6, waitedMs: waitedNs / 1e6 };
  } catch {
    return { ranMs: 0, waitedMs: 0 }; // the thread has ended since
  }
}
