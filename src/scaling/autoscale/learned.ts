import type { Observation } from './observation.ts';

/** What is known of a worker of this app. */
export interface Learned {
  /** From fork to ready; null: not measured yet. */
  readonly startMs: number | null;
  /** The latest `readyAtMs` that was learned from. */
  readonly readyAtMs: number;
  /** Resident size that a worker grows to, decayed; null: not measured yet. */
  readonly workerBytes: number | null;
}

export const NOTHING_LEARNED: Learned = { startMs: null, readyAtMs: 0, workerBytes: null };

/** Of the newest start, in the mean. */
const START_WEIGHT = 0.3;
/** A worker that is recycled was too large, not the next one: its size is forgotten by half in ten minutes. */
const BYTES_HALF_LIFE_MS = 600_000;

/** Learns from the workers that have come to be ready since the last observation, and from the sizes of all that are. */
export function learn(before: Learned, observation: Observation, sinceMs: number): Learned {
  let { startMs } = before;
  let newest = before.readyAtMs;
  for (const { readyAtMs, startedAtMs } of observation.workers) {
    if (readyAtMs === null || startedAtMs === undefined || readyAtMs <= before.readyAtMs) continue;
    const tookMs = Math.max(0, readyAtMs - startedAtMs);
    startMs = startMs === null ? tookMs : startMs + START_WEIGHT * (tookMs - startMs);
    newest = Math.max(newest, readyAtMs);
  }
  return { startMs, readyAtMs: newest, workerBytes: grownSize(before.workerBytes, observation, sinceMs) };
}

function grownSize(before: number | null, observation: Observation, sinceMs: number): number | null {
  const present = typicalWorkerBytes(observation);
  if (present === null || before === null) return present ?? before;
  const faded = present + (before - present) * 0.5 ** (sinceMs / BYTES_HALF_LIFE_MS);
  return Math.max(present, Math.round(faded));
}

/** 95th percentile of the ready workers' resident sizes; null: none is known. */
export function typicalWorkerBytes(observation: Observation): number | null {
  const sizes = observation.workers
    .filter(({ phase }) => phase === 'ready')
    .flatMap(({ figures }) => (figures !== null && figures.rssBytes > 0 ? [figures.rssBytes] : []))
    .sort((one, other) => one - other);
  return sizes[Math.ceil(0.95 * sizes.length) - 1] ?? null;
}
