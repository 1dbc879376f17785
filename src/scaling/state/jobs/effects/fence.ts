import type { CallOptions, SharedState } from '../../shared-state.ts';

/** Where tokens and effects are noted: as records, which survive an outage of Redis. */
export type EffectState = Pick<SharedState, 'records'>;

export interface EffectOptions extends CallOptions {
  /** How long it is remembered; longer than any attempt may come late. Default: a week. */
  readonly ttlMs?: number;
}

export const REMEMBERED_MS = 7 * 86_400_000;

/**
 * Shows a job's token at a resource: false if a newer one was shown there before, which means that somebody else does the job by now
 * and this attempt must not touch the resource. Safe to repeat.
 *
 * It is a check before the act: an attempt that is held up between the two still acts late. What must exclude that passes the token
 * on to the resource (`UPDATE … WHERE token <= $1`), or uses `commit`.
 */
export async function fence(
  state: EffectState,
  resource: string,
  token: number,
  options: EffectOptions = {},
): Promise<boolean> {
  const { ttlMs = REMEMBERED_MS, ...call } = options;
  const key = `fence:${resource}`;
  let seen = await state.records.read(key, call);
  for (;;) {
    const highest = seen === undefined ? Number.NEGATIVE_INFINITY : Number(seen.value.toString());
    if (highest >= token) return highest === token;
    const written = await state.records.compareAndSet(key, seen?.version ?? 0, String(token), { ttlMs, ...call });
    if (written.stored) return true;
    seen = written.current;
  }
}
