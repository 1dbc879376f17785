import type { Entry, Stamps } from './entry.ts';
import { parseFrozen } from './entry.ts';
import type { Flight } from './flights.ts';
import type { Scope } from './scope.ts';

/** Reads what is to be cached. */
export type Loader<T> = () => T | Promise<T>;

/** One load that is wanted. */
export interface LoadJob {
  readonly id: string;
  /** As the caller knows it, for messages. */
  readonly key: string;
  readonly scopes: readonly Scope[];
  readonly loader: Loader<unknown>;
  readonly flight: Flight;
}

/** What the loader gave; `entry` only if it can be kept. */
export interface Loaded {
  readonly value: unknown;
  readonly entry: Entry | undefined;
}

export interface LoadLimits {
  readonly ttlMs: number;
  readonly staleMs: number;
  readonly undefinedTtlMs: number;
  readonly maxValueBytes: number;
  readonly nowMs: () => number;
  /** Gets a sentence about a value that can't be kept. */
  readonly onUnfit: (problem: string) => void;
}

/**
 * Calls the loader. Its time counts from before the call: the value may be as old as that.
 * What is returned has been through JSON, so that the first caller gets the same as those after it.
 * @throws whatever the loader throws.
 */
export async function runLoader(job: LoadJob, stamps: Stamps, limits: LoadLimits): Promise<Loaded> {
  const storedAtMs = limits.nowMs();
  const value = await job.loader();
  if (value === undefined) {
    if (limits.undefinedTtlMs === 0) return { value, entry: undefined };
    const untilMs = storedAtMs + limits.undefinedTtlMs;
    return { value, entry: { value, json: '', storedAtMs, freshUntilMs: untilMs, staleUntilMs: untilMs, stamps } };
  }
  const json = toJson(job.key, value, limits);
  if (json === undefined) return { value, entry: undefined };
  const frozen = parseFrozen(json);
  const freshUntilMs = storedAtMs + limits.ttlMs;
  const staleUntilMs = freshUntilMs + limits.staleMs;
  return { value: frozen, entry: { value: frozen, json, storedAtMs, freshUntilMs, staleUntilMs, stamps } };
}

function toJson(key: string, value: unknown, { maxValueBytes, onUnfit }: LoadLimits): string | undefined {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    onUnfit(`the value of ${key} can't be written as JSON: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
  if (json === undefined) {
    onUnfit(`the value of ${key} is a ${typeof value}, which JSON can't express`);
    return undefined;
  }
  const bytes = Buffer.byteLength(json);
  if (bytes <= maxValueBytes) return json;
  onUnfit(`the value of ${key} has ${bytes} bytes; at most ${maxValueBytes} are kept`);
  return undefined;
}
