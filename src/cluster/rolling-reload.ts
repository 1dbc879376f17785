import { LATENCY_BOUNDS_MS } from '../ipc/latency-buckets.ts';
import type { ReloadStatus, StopReason, TelemetryTotals } from '../ipc/status.ts';
import { type CanaryFigures, type CanaryVerdict, judgeCanary } from '../scaling/health/canary.ts';
import type { WorkerHandle } from './worker-handle.ts';

/** A fresh worker's first requests run uncompiled code: they are left out of the comparison. */
const WARM_UP_MS = 1_000;

/** What a reload needs of the cluster manager. */
export interface ReloadCrew {
  /** Ready workers of an older generation, by slot. */
  outdated(): readonly WorkerHandle[];
  /** Starts a worker in the slot; resolves when it is ready, rejects with the reason when it does not get so far. */
  startReplacement(slot: number): Promise<WorkerHandle>;
  retire(worker: WorkerHandle, reason: StopReason): void;
  wait(delayMs: number): Promise<void>;
  now(): number;
}

interface Baseline {
  readonly worker: WorkerHandle;
  readonly totals: TelemetryTotals | undefined;
}

/**
 * Replaces all workers, one at a time, each new one started before its predecessor drains. The first is a canary: it serves
 * beside the old ones for `canaryMs` and is compared with them. When a new worker fails, the old set stays.
 */
export async function rollingReload(
  crew: ReloadCrew,
  options: { readonly generation: number; readonly canaryMs: number },
  onProgress: (status: ReloadStatus) => void,
): Promise<ReloadStatus> {
  const startedAtMs = crew.now();
  const total = crew.outdated().length;
  let replaced = 0;
  let verdict = '';
  const report = (outcome: ReloadStatus['outcome'], detail: string): ReloadStatus => {
    const finishedAtMs = outcome === 'running' ? null : crew.now();
    const status = { generation: options.generation, startedAtMs, finishedAtMs, replaced, total, outcome, detail };
    onProgress(status);
    return status;
  };
  report('running', `replacing ${workers(total)}`);
  for (let next = crew.outdated()[0]; next !== undefined; next = crew.outdated()[0]) {
    let fresh: WorkerHandle;
    try {
      fresh = await crew.startReplacement(next.slot);
    } catch (error) {
      return report('failed', `${(error as Error).message}; the workers not yet replaced go on serving`);
    }
    if (replaced === 0 && options.canaryMs > 0) {
      report('running', `comparing new worker ${fresh.id} with the old ones`);
      const judged = await compare(crew, fresh, options.canaryMs);
      verdict = judged.detail;
      if (judged.verdict === 'fail' || fresh.phase !== 'ready') {
        crew.retire(fresh, 'canary-failed');
        const why = fresh.phase === 'stopped' ? 'the new worker ended during the comparison' : judged.detail;
        return report('failed', `${why}; the old workers go on serving`);
      }
    }
    if (next.phase === 'ready') crew.retire(next, 'reload');
    replaced += 1;
    report('running', `worker ${next.id} is replaced by ${fresh.id}`);
  }
  return report(
    'done',
    verdict === '' ? `${workers(replaced)} replaced` : `${workers(replaced)} replaced; canary: ${verdict}`,
  );
}

async function compare(crew: ReloadCrew, fresh: WorkerHandle, canaryMs: number): Promise<CanaryVerdict> {
  await crew.wait(Math.min(WARM_UP_MS, canaryMs / 2));
  const old = crew.outdated().map((worker): Baseline => ({ worker, totals: worker.sample?.totals }));
  const canary = { worker: fresh, totals: fresh.sample?.totals };
  await crew.wait(canaryMs);
  return judgeCanary(figures(old), figures([canary]));
}

function figures(baselines: readonly Baseline[]): CanaryFigures {
  let completed = 0;
  let errors = 0;
  const counts: number[] = [];
  for (const { worker, totals } of baselines) {
    const now = worker.sample?.totals;
    if (now === undefined) continue;
    completed += now.requestsCompleted - (totals?.requestsCompleted ?? 0);
    errors += now.requestErrors - (totals?.requestErrors ?? 0);
    for (const [bucket, count] of now.latencyCounts.entries()) {
      counts[bucket] = (counts[bucket] ?? 0) + count - (totals?.latencyCounts[bucket] ?? 0);
    }
  }
  return { completed, errors, p95Ms: completed === 0 ? null : percentile(counts, 0.95) };
}

function percentile(counts: readonly number[], fraction: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    seen += count;
    if (seen >= total * fraction) return LATENCY_BOUNDS_MS[bucket] ?? Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}

function workers(count: number): string {
  return count === 1 ? '1 worker' : `${count} workers`;
}
