import type { CallOptions, VersionedRecord } from '../../shared-state.ts';
import { JobError } from '../errors.ts';
import { type EffectOptions, type EffectState, REMEMBERED_MS } from './fence.ts';

export interface OnceOptions extends EffectOptions {
  /**
   * When an earlier attempt began the effect and died, or failed, before it was noted as done: do it again (at least once; the
   * default), or refuse with JOB_EFFECT_UNKNOWN (at most once, and somebody has to look).
   */
  readonly whenUnknown?: 'repeat' | 'refuse';
}

type Note<Result> =
  | { readonly state: 'begun'; readonly token: number }
  | { readonly state: 'done'; readonly token: number; readonly result: Result };

/**
 * Runs `effect`, something outside of the shared state, unless an attempt did before; then its result is returned. Attempts that
 * come after a newer one has begun are refused.
 *
 * Nothing can make a foreign effect exactly once from outside: between the effect and its note an attempt may die. The window is that
 * write, some 100 µs, and `whenUnknown` says on which side to err. A resource that takes an idempotency key closes it: give it `effectKey`.
 * @throws JobError JOB_STALE_TOKEN, JOB_EFFECT_UNKNOWN; what `effect` throws
 */
export async function once<Result>(
  state: EffectState,
  effectKey: string,
  token: number,
  effect: () => Promise<Result>,
  options: OnceOptions = {},
): Promise<Result> {
  const { ttlMs = REMEMBERED_MS, whenUnknown = 'repeat', ...call } = options;
  const notebook = new Notebook<Result>(state, effectKey, ttlMs, call);
  const begun = await begin(notebook, effectKey, token, whenUnknown);
  if ('result' in begun) return begun.result;
  const result = (await effect()) ?? (null as Result);
  const written = await notebook.write(begun.version, { state: 'done', token, result });
  if (written.stored) return result;
  const note = notebook.read(written.current);
  if (note?.state === 'done') return note.result;
  throw stale(effectKey, token, note?.token);
}

async function begin<Result>(
  notebook: Notebook<Result>,
  effectKey: string,
  token: number,
  whenUnknown: 'repeat' | 'refuse',
): Promise<{ readonly version: number } | { readonly result: Result }> {
  let record = await notebook.current();
  for (;;) {
    const note = notebook.read(record);
    if (note?.state === 'done') return { result: note.result };
    if (note !== undefined && note.token > token) throw stale(effectKey, token, note.token);
    if (note !== undefined && whenUnknown === 'refuse') {
      throw new JobError(
        'JOB_EFFECT_UNKNOWN',
        `${effectKey} was begun under token ${note.token}, and may have happened`,
      );
    }
    const written = await notebook.write(record?.version ?? 0, { state: 'begun', token });
    if (written.stored) return { version: written.version };
    record = written.current;
  }
}

function stale(effectKey: string, token: number, newer: number | undefined): JobError {
  const by = newer === undefined ? 'a newer one' : `${newer}`;
  return new JobError('JOB_STALE_TOKEN', `${effectKey} was begun under token ${by} since; this attempt has ${token}`);
}

/** The note on one effect. */
class Notebook<Result> {
  readonly #state: EffectState;
  readonly #key: string;
  readonly #ttlMs: number;
  readonly #call: CallOptions;

  constructor(state: EffectState, effectKey: string, ttlMs: number, call: CallOptions) {
    this.#state = state;
    this.#key = `once:${effectKey}`;
    this.#ttlMs = ttlMs;
    this.#call = call;
  }

  current(): Promise<VersionedRecord | undefined> {
    return this.#state.records.read(this.#key, this.#call);
  }

  read(record: VersionedRecord | undefined): Note<Result> | undefined {
    return record === undefined ? undefined : JSON.parse(record.value.toString());
  }

  write(expected: number, note: Note<Result>) {
    const options = { ttlMs: this.#ttlMs, ...this.#call };
    return this.#state.records.compareAndSet(this.#key, expected, JSON.stringify(note), options);
  }
}
