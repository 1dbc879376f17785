import { createHash } from 'node:crypto';
import type { Amount, CallOptions, SharedState } from '../shared-state.ts';

/** Begins the keys this driver keeps for itself, in the embedded store and (for probes) on Redis. */
export const OWN_PREFIX = 'tidegate:fallback:';

/** What Redis must still be told: written into the embedded store itself, so that it outlives the worker that was told. */
export type Mark =
  /** A record was written; `version` is (at least) the one it has since. */
  | { readonly kind: 'record'; readonly key: string; readonly version: number; readonly markedMs: number }
  | { readonly kind: 'touch'; readonly key: string }
  /** A record was deleted; `version` is its marker's, null where the embedded store had no copy. */
  | { readonly kind: 'gone'; readonly key: string; readonly version: number | null; readonly expiresMs: number }
  /** Plain entries were deleted: on Redis an old one would come to life again. */
  | { readonly kind: 'deleted'; readonly key: string }
  /** A lock was let go; `value` as base64. */
  | { readonly kind: 'unlocked'; readonly key: string; readonly value: string }
  /** A reservation was made or released: the embedded store knows which. */
  | { readonly kind: 'reservation'; readonly key: string; readonly token: string; readonly amounts: readonly Amount[] };

export interface KeptMark {
  readonly bucket: number;
  readonly field: string;
  readonly mark: Mark;
}

/** Hashes, so that no single answer is too large. */
export const BUCKETS = 64;

/** Names are at most 1,024 bytes long, which a key alone may be. */
function digestOf(name: string): string {
  return createHash('sha1').update(name).digest('base64url');
}

function placeOf(mark: Mark): { readonly bucket: number; readonly field: string } {
  const digest = digestOf(mark.kind === 'reservation' ? `${mark.key}\n${mark.token}` : mark.key);
  // Each version has a mark of its own: who has written one back can't take away the mark of the next.
  const version = mark.kind === 'record' ? mark.version : mark.kind === 'gone' && mark.version === null ? 'blind' : '';
  return {
    bucket: (digest.charCodeAt(0) * 31 + digest.charCodeAt(1)) % BUCKETS,
    field: `${mark.kind}:${version}:${digest}`,
  };
}

function keyOf(bucket: number): string {
  return `${OWN_PREFIX}marks:${bucket}`;
}

export class Marks {
  readonly #embedded: SharedState;

  constructor(embedded: SharedState) {
    this.#embedded = embedded;
  }

  async add(mark: Mark, options?: CallOptions): Promise<void> {
    const { bucket, field } = placeOf(mark);
    await this.#embedded.hashSet(keyOf(bucket), { [field]: JSON.stringify(mark) }, options);
  }

  /** Of one bucket. */
  async list(bucket: number): Promise<readonly KeptMark[]> {
    const fields = await this.#embedded.hashGetAll(keyOf(bucket));
    return Object.entries(fields).map(([field, value]) => ({
      bucket,
      field,
      mark: JSON.parse(value.toString()) as Mark,
    }));
  }

  async remove(bucket: number, fields: readonly string[]): Promise<void> {
    if (fields.length > 0) await this.#embedded.hashDelete(keyOf(bucket), fields);
  }

  async drop(mark: Mark): Promise<void> {
    const { bucket, field } = placeOf(mark);
    await this.remove(bucket, [field]);
  }

  /** Whether a record was deleted whose version the embedded store didn't know. */
  isBlindlyDeleted(key: string): Promise<boolean> {
    return this.#isGone(key, [null]);
  }

  /** Whether a record was deleted, and Redis has not been told yet. */
  isDeleted(key: string): Promise<boolean> {
    return this.#isGone(key, [null, 0]);
  }

  /** `versions`: null for a deletion that knew none, any number for one that did. */
  async #isGone(key: string, versions: readonly (number | null)[]): Promise<boolean> {
    const places = versions.map((version) => placeOf({ kind: 'gone', key, version, expiresMs: 0 }));
    const fields = await this.#embedded.hashGetAll(keyOf(places[0]?.bucket ?? 0));
    return places.some(({ field }) => {
      const kept = fields[field];
      if (kept === undefined) return false;
      const mark = JSON.parse(kept.toString()) as Mark;
      return mark.kind === 'gone' && mark.expiresMs > Date.now();
    });
  }
}
