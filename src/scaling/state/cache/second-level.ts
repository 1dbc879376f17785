import { randomUUID } from 'node:crypto';
import type { CallOptions, SharedState } from '../shared-state.ts';
import { decodeEntry, type Entry, encodeEntry, parseFrozen, type Stamps, type StoredEntry } from './entry.ts';
import { glob, literalPrefix, type Scope, scopeOf, type Target, valueId } from './scope.ts';

/** What the shared state has for a value. `scopes`: what the value, or the load that is to replace it, depends on. */
export type Reading =
  | { readonly kind: 'fresh' | 'stale'; readonly entry: Entry; readonly scopes: readonly Scope[] }
  | { readonly kind: 'absent'; readonly scopes: readonly Scope[] };

/** A stamp outlives the values that carry it by this much; one that is lost early costs a load, never a stale value. */
const STAMP_MARGIN_MS = 60_000;
const STAMP_ATTEMPTS = 3;
const SCOPES_LIMIT = 66;
const DELETE_BATCH = 500;

/**
 * L2: the values in the shared state, and what makes an invalidation final.
 *
 * Each scope (a key, a user, a tag) has a *stamp*: a random text, made when a load first needs it and never made twice. A load reads
 * the stamps of all scopes of its value before it calls the loader, and stores them with the value. A value is valid only while each
 * stamp it carries is there and the same. To invalidate a scope is to delete its stamp.
 *
 * Why a load that began before an invalidation can't bring its stale value back, whatever the order in which the calls arrive: it
 * carries a stamp that was there before the deletion. The deletion took it away, later loads make another, and no stamp comes
 * twice; so from then on the comparison fails, at whatever time the value is written. A load whose stamps were read after the
 * deletion calls its loader after it, so it sees what the invalidator had changed before. An evicted or expired stamp reads like a deleted
 * one: it costs a load. There is no check before the write, so there is no gap between a check and a write.
 *
 * Patterns: a load makes the stamp of its key before it begins, so every load that an invalidation must stop has a stamp that a scan
 * finds; a stamp that is made while the scan runs belongs to a load that began after the invalidation was asked for.
 *
 * It rests on the state not losing acknowledged deletions; Redis may, at a failover, and then a value may live on for its time.
 */
export class SecondLevel {
  readonly #state: SharedState;
  readonly #prefix: string;
  readonly #call: CallOptions;
  readonly #lifeMs: number;
  readonly #nowMs: () => number;

  constructor(
    state: SharedState,
    settings: { name: string; ttlMs: number; staleMs: number; stateTimeoutMs: number; nowMs: () => number },
  ) {
    this.#state = state;
    this.#prefix = `cache:${settings.name}:`;
    this.#call = { timeoutMs: settings.stateTimeoutMs };
    this.#lifeMs = settings.ttlMs + settings.staleMs;
    this.#nowMs = settings.nowMs;
  }

  /** One round trip, a second one if the value depends on scopes that the caller didn't name. */
  async read(id: string, scopes: readonly Scope[]): Promise<Reading> {
    const keys = [this.#entryKey(id), ...scopes.map((scope) => this.#stampKey(scope))];
    const [bytes, ...found] = await this.#state.getMany(keys, this.#call);
    const stored = decodeEntry(bytes);
    if (stored === undefined || !this.#isTrusted(stored)) return { kind: 'absent', scopes };
    const carried = Object.keys(stored.stamps);
    const known = scopes.every(
      (scope, index) => !(scope in stored.stamps) || stored.stamps[scope] === found[index]?.toString(),
    );
    if (!known) return { kind: 'absent', scopes };
    if (
      !(await this.#holds(
        stored.stamps,
        carried.filter((scope) => !scopes.includes(scope)),
      ))
    )
      return { kind: 'absent', scopes };
    if (scopes.some((scope) => !(scope in stored.stamps))) return { kind: 'absent', scopes: union(scopes, carried) };
    const entry = { ...stored, value: parseFrozen(stored.json) };
    return { kind: this.#nowMs() < stored.freshUntilMs ? 'fresh' : 'stale', entry, scopes: carried };
  }

  /** The stamps of all scopes, made where there are none; undefined if they keep vanishing, as under a flood of invalidations. */
  async stamp(scopes: readonly Scope[]): Promise<Stamps | undefined> {
    for (let attempt = 0; attempt < STAMP_ATTEMPTS; attempt += 1) {
      const keys = scopes.map((scope) => this.#stampKey(scope));
      const found = await this.#state.getMany(keys, this.#call);
      const stamps = await Promise.all(
        found.map((bytes, index) => bytes?.toString() ?? this.#make(keys[index] as string)),
      );
      if (stamps.every((stamp) => stamp !== undefined)) {
        return Object.fromEntries(scopes.map((scope, index) => [scope, stamps[index] as string]));
      }
    }
    return undefined;
  }

  async store(id: string, entry: StoredEntry): Promise<void> {
    const ttlMs = Math.max(1, entry.staleUntilMs - this.#nowMs());
    await Promise.all([
      this.#state.set(this.#entryKey(id), encodeEntry(entry), { ...this.#call, ttlMs }),
      ...Object.keys(entry.stamps).map((scope) =>
        this.#state.expire(this.#stampKey(scope), this.#stampTtlMs(), this.#call),
      ),
    ]);
  }

  /** When it resolves, no value that was loaded before the call is valid. Safe to repeat. */
  async invalidate(target: Target): Promise<void> {
    if ('pattern' in target) await this.#invalidatePattern(target.pattern);
    else if ('key' in target) await this.#invalidateKeys([target.key]);
    else await this.#state.delete([this.#stampKey(scopeOf(target))], this.#call);
  }

  /** Reads every key that begins as the pattern does. Without the call's deadline: a large cache takes as long as it takes. */
  async #invalidatePattern(pattern: string): Promise<void> {
    const matches = glob(pattern);
    const stampPrefix = this.#stampKey('k:');
    let batch: string[] = [];
    for await (const stampKey of this.#state.scan(stampPrefix + literalPrefix(pattern))) {
      const key = stampKey.slice(stampPrefix.length);
      if (!matches(key)) continue;
      batch.push(key);
      if (batch.length < DELETE_BATCH) continue;
      await this.#invalidateKeys(batch);
      batch = [];
    }
    if (batch.length > 0) await this.#invalidateKeys(batch);
  }

  /** The stamp decides; the entry goes too, for its memory. Users' entries under the key are left to expire. */
  async #invalidateKeys(keys: readonly string[]): Promise<void> {
    const all = keys.flatMap((key) => [this.#stampKey(`k:${key}`), this.#entryKey(valueId(key, undefined))]);
    await this.#state.delete(all, this.#call);
  }

  async #holds(stamps: Stamps, scopes: readonly Scope[]): Promise<boolean> {
    if (scopes.length === 0) return true;
    const found = await this.#state.getMany(
      scopes.map((scope) => this.#stampKey(scope)),
      this.#call,
    );
    return scopes.every((scope, index) => stamps[scope] === found[index]?.toString());
  }

  /** Somebody else may be quicker; then theirs counts. */
  async #make(stampKey: string): Promise<string | undefined> {
    const stamp = randomUUID();
    if (await this.#state.add(stampKey, stamp, { ...this.#call, ttlMs: this.#stampTtlMs() })) return stamp;
    return (await this.#state.get(stampKey, this.#call))?.toString();
  }

  /** While the embedded store stands in for Redis, what it kept from an earlier time missed the invalidations that Redis had since. */
  #isTrusted(stored: StoredEntry): boolean {
    if (this.#nowMs() >= stored.staleUntilMs) return false;
    if (this.#state.driver !== 'fallback') return true;
    return stored.storedAtMs >= (this.#state.status().degradedSinceMs ?? 0);
  }

  #stampTtlMs(): number {
    return this.#lifeMs + STAMP_MARGIN_MS;
  }

  #stampKey(scope: Scope): string {
    return `${this.#prefix}s:${scope}`;
  }

  #entryKey(id: string): string {
    return `${this.#prefix}e:${id}`;
  }
}

/** A value that two callers label differently is loaded anew once, with the labels of both. Beyond the limit the caller's alone. */
function union(scopes: readonly Scope[], more: readonly Scope[]): readonly Scope[] {
  const all = [...new Set([...scopes, ...more])].sort();
  return all.length <= SCOPES_LIMIT ? all : scopes;
}
