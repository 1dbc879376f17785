import { LRUCache } from 'lru-cache';
import type { Entry } from './entry.ts';
import { glob, type Scope, scopeOf, type Target } from './scope.ts';

interface Kept {
  readonly entry: Entry;
  readonly scopes: readonly Scope[];
  /** Wall clock; from here on the shared state is asked again. */
  readonly untilMs: number;
}

/** What an entry costs besides its JSON: tables, scopes, stamps. A round figure on the safe side. */
const ENTRY_BYTES = 512;

/** L1: the values kept in this process, bounded in number and in bytes, with an index from scope to values. */
export class FirstLevel {
  readonly #kept: LRUCache<string, Kept> | undefined;
  readonly #byScope = new Map<Scope, Set<string>>();
  readonly #l1TtlMs: number;
  readonly #nowMs: () => number;

  constructor(limits: { maxEntries: number; maxBytes: number; l1TtlMs: number }, nowMs: () => number) {
    this.#l1TtlMs = limits.l1TtlMs;
    this.#nowMs = nowMs;
    if (limits.maxEntries === 0) return;
    this.#kept = new LRUCache<string, Kept>({
      max: limits.maxEntries,
      maxSize: limits.maxBytes,
      // The text in two bytes a character, and the parsed value, which is about as large again.
      sizeCalculation: ({ entry }) => ENTRY_BYTES + 4 * entry.json.length,
      dispose: ({ scopes }, id) => this.#unindex(id, scopes),
    });
  }

  get entries(): number {
    return this.#kept?.size ?? 0;
  }

  get bytes(): number {
    return this.#kept?.calculatedSize ?? 0;
  }

  /** Only if it depends on all of `scopes`: an invalidation of one it doesn't know would have missed it. */
  get(id: string, scopes: readonly Scope[]): Entry | undefined {
    const kept = this.#kept?.get(id);
    if (kept === undefined) return undefined;
    if (this.#nowMs() >= kept.untilMs) {
      this.#kept?.delete(id);
      return undefined;
    }
    return scopes.every((scope) => kept.scopes.includes(scope)) ? kept.entry : undefined;
  }

  put(id: string, entry: Entry, scopes: readonly Scope[]): void {
    if (this.#kept === undefined) return;
    const untilMs = Math.min(this.#nowMs() + this.#l1TtlMs, entry.staleUntilMs);
    this.#kept.delete(id);
    // The index first: a value too large to be kept is disposed of, and with it what the index says.
    this.#index(id, scopes);
    this.#kept.set(id, { entry, scopes, untilMs });
    if (!this.#kept.has(id)) this.#unindex(id, scopes);
  }

  drop(target: Target): void {
    if ('pattern' in target) {
      const matches = glob(target.pattern);
      for (const scope of [...this.#byScope.keys()]) {
        if (scope.startsWith('k:') && matches(scope.slice(2))) this.#dropScope(scope);
      }
    } else {
      this.#dropScope(scopeOf(target));
    }
  }

  clear(): void {
    this.#kept?.clear();
  }

  #dropScope(scope: Scope): void {
    for (const id of [...(this.#byScope.get(scope) ?? [])]) this.#kept?.delete(id);
  }

  #index(id: string, scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      const ids = this.#byScope.get(scope);
      if (ids === undefined) this.#byScope.set(scope, new Set([id]));
      else ids.add(id);
    }
  }

  #unindex(id: string, scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      const ids = this.#byScope.get(scope);
      ids?.delete(id);
      if (ids?.size === 0) this.#byScope.delete(scope);
    }
  }
}
