import type { StopReason, WorkerPhase } from '../ipc/status.ts';

/** What upkeep looks at in a worker. */
export interface UpkeepSubject {
  readonly id: number;
  readonly phase: WorkerPhase;
  readonly startedAtMs: number;
  readonly lastHeardAtMs: number;
  readonly rssBytes: number | null;
}

export interface UpkeepLimits {
  readonly listenTimeoutMs: number;
  readonly hungTimeoutMs: number;
  /** 0 = off. */
  readonly maxMemoryRestartBytes: number;
  /** The app is known to listen, or has to say `ready`: one that does neither in time has failed. */
  readonly mustBecomeReady: boolean;
}

export type UpkeepFinding =
  | { readonly id: number; readonly action: 'kill'; readonly reason: StopReason & ('hung' | 'start-timeout') }
  /** Start-before-stop. */
  | { readonly id: number; readonly action: 'replace'; readonly reason: StopReason & 'memory-limit' }
  /** A script that does not listen, and runs: supervised, not balanced. */
  | { readonly id: number; readonly action: 'declare-ready' };

/** What has to be done about workers that hang, do not start, or grow too large; at most one is replaced for memory at a time. */
export function inspect(workers: readonly UpkeepSubject[], limits: UpkeepLimits, nowMs: number): UpkeepFinding[] {
  const findings: UpkeepFinding[] = [];
  let largest: UpkeepSubject | null = null;
  for (const worker of workers) {
    const { id, phase } = worker;
    if (phase === 'starting' && nowMs - worker.startedAtMs >= limits.listenTimeoutMs) {
      if (limits.mustBecomeReady) findings.push({ id, action: 'kill', reason: 'start-timeout' });
      else findings.push({ id, action: 'declare-ready' });
    } else if (phase === 'ready' && nowMs - worker.lastHeardAtMs >= limits.hungTimeoutMs) {
      findings.push({ id, action: 'kill', reason: 'hung' });
    } else if (phase === 'ready' && isTooLarge(worker, limits) && (worker.rssBytes ?? 0) > (largest?.rssBytes ?? 0)) {
      largest = worker;
    }
  }
  if (largest !== null) findings.push({ id: largest.id, action: 'replace', reason: 'memory-limit' });
  return findings;
}

function isTooLarge(worker: UpkeepSubject, limits: UpkeepLimits): boolean {
  return limits.maxMemoryRestartBytes > 0 && (worker.rssBytes ?? 0) > limits.maxMemoryRestartBytes;
}
