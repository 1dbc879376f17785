import type { VersionedRecord } from '../../shared-state.ts';
import { type EffectOptions, type EffectState, REMEMBERED_MS } from './fence.ts';

export interface Committed<Value> {
  /** Whether this attempt (its token) was it. */
  readonly mine: boolean;
  /** What was committed first, and stays. */
  readonly value: Value;
}

interface Effect<Value> {
  readonly token: number;
  readonly value: Value;
}

/**
 * Makes an effect that is a value in the shared state, such as "order 4711 is paid", exactly once however often the job is done: the first
 * attempt's value is kept, and every later attempt is given that one. Check and effect are one atomic write; safe to repeat.
 */
export async function commit<Value>(
  state: EffectState,
  effectKey: string,
  token: number,
  value: Value,
  options: EffectOptions = {},
): Promise<Committed<Value>> {
  const { ttlMs = REMEMBERED_MS, ...call } = options;
  const effect: Effect<Value> = { token, value };
  const key = effectRecord(effectKey);
  for (;;) {
    const written = await state.records.compareAndSet(key, 0, JSON.stringify(effect), { ttlMs, ...call });
    if (written.stored) return { mine: true, value };
    // Nothing there and yet refused: it expired, or was deleted, this moment.
    if (written.current === undefined) continue;
    const first = effectOf<Value>(written.current);
    return { mine: first.token === token, value: first.value };
  }
}

/** What was committed under the key; undefined: nothing (any more). */
export async function committed<Value>(
  state: EffectState,
  effectKey: string,
  options: EffectOptions = {},
): Promise<Value | undefined> {
  const record = await state.records.read(effectRecord(effectKey), options);
  return record === undefined ? undefined : effectOf<Value>(record).value;
}

function effectRecord(effectKey: string): string {
  return `effect:${effectKey}`;
}

function effectOf<Value>(record: VersionedRecord): Effect<Value> {
  return JSON.parse(record.value.toString());
}
