import { typicalWorkerBytes } from './learned.ts';
import type { Observation } from './observation.ts';

/** What memory has room for. */
export interface MemoryBudget {
  /** The ready workers and as many more as fit. */
  readonly maxWorkers: number;
  readonly availableBytes: number;
  readonly reserveBytes: number;
  /** What one more is expected to need: the 95th percentile of the workers' resident sizes, now or lately. */
  readonly workerBytes: number;
}

/**
 * `n + floor((available − reserve) / rssP95)`, the reserve being a share of all memory or one worker, whichever is more.
 * Workers still starting are part of what fits: their memory is not all taken yet.
 * @param learnedBytes what a worker is known to grow to; null: the present sizes tell
 * @returns null when the available memory or every worker's size is unknown
 */
export function memoryBudget(
  observation: Observation,
  reserveRatio: number,
  learnedBytes: number | null = null,
): MemoryBudget | null {
  const { availableMemoryBytes, totalMemoryBytes } = observation.machine;
  const ready = observation.workers.filter((worker) => worker.phase === 'ready');
  const workerBytes = learnedBytes ?? typicalWorkerBytes(observation);
  if (availableMemoryBytes === null || workerBytes === null) return null;
  const reserveBytes = Math.max(totalMemoryBytes * reserveRatio, workerBytes);
  const room = Math.max(0, Math.floor((availableMemoryBytes - reserveBytes) / workerBytes));
  return { maxWorkers: ready.length + room, availableBytes: availableMemoryBytes, reserveBytes, workerBytes };
}

/** `room for 3 workers: 250 MB available, 100 MB of it reserved, 60 MB a worker`. */
export function describeBudget(budget: MemoryBudget): string {
  const megabytes = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB`;
  const { maxWorkers, availableBytes, reserveBytes, workerBytes } = budget;
  return `memory has room for ${maxWorkers} in all: ${megabytes(availableBytes)} available, ${megabytes(reserveBytes)} of it reserved, ${megabytes(workerBytes)} a worker`;
}
