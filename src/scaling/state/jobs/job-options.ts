import { randomUUID } from 'node:crypto';
import { DEFAULT_BACKOFF } from './backoff.ts';
import { JobError } from './errors.ts';
import type { AddOptions, Backoff } from './job.ts';

export const MAX_PRIORITY = 1_000_000;
const MAX_ATTEMPTS = 1_000;
const MAX_DELAY_MS = 365 * 86_400_000;
const MAX_ID_LENGTH = 256;
/** Half a character: it has no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** How long finished jobs are kept: whichever comes first. */
export interface Retention {
  readonly count: number;
  readonly ageMs: number;
}

/** A job to add, with everything said. */
export interface NewJob {
  readonly id: string;
  readonly data: unknown;
  readonly priority: number;
  readonly delayMs: number;
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly keep: Retention;
  readonly maxLosses: number;
}

/** @throws JobError JOB_BAD_ARGUMENT that names the option. */
export function newJob(data: unknown, options: AddOptions, queue: { keep: Retention; maxLosses: number }): NewJob {
  const { id = randomUUID(), priority = 0, delayMs = 0, attempts = 1 } = options;
  if (typeof id !== 'string' || id.length === 0 || id.length > MAX_ID_LENGTH || LONE_SURROGATE.test(id)) {
    throw new JobError(
      'JOB_BAD_ARGUMENT',
      `id is ${shown(id)}; it must be 1 to ${MAX_ID_LENGTH} well-formed characters`,
    );
  }
  return {
    id,
    data: data ?? null,
    priority: whole('priority', priority, 0, MAX_PRIORITY),
    delayMs: Math.ceil(number('delayMs', delayMs, 0, MAX_DELAY_MS)),
    attempts: whole('attempts', attempts, 1, MAX_ATTEMPTS),
    backoff: checkedBackoff(options.backoff),
    ...queue,
  };
}

function checkedBackoff(given: Partial<Backoff> = {}): Backoff {
  const backoff = { ...DEFAULT_BACKOFF, ...given };
  return {
    delayMs: number('backoff.delayMs', backoff.delayMs, 0, MAX_DELAY_MS),
    maxDelayMs: number('backoff.maxDelayMs', backoff.maxDelayMs, 0, MAX_DELAY_MS),
    jitter: number('backoff.jitter', backoff.jitter, 0, 1),
  };
}

/** @throws JobError JOB_BAD_ARGUMENT unless `value` is a whole number from `min` to `max`. */
export function whole(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value)) {
    throw new JobError(
      'JOB_BAD_ARGUMENT',
      `${name} is ${shown(value)}; it must be a whole number from ${min} to ${max}`,
    );
  }
  return number(name, value, min, max);
}

/** @throws JobError JOB_BAD_ARGUMENT unless `value` is a number from `min` to `max`. */
export function number(name: string, value: number, min: number, max: number): number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new JobError('JOB_BAD_ARGUMENT', `${name} is ${shown(value)}; it must be a number from ${min} to ${max}`);
  }
  return value;
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? `${JSON.stringify(value.slice(0, 40))} (${value.length} characters)`
    : String(value);
}
