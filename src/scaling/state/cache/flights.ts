import { type Matcher, matcherOf, type Scope, type Target } from './scope.ts';

/** Invalidations remembered per flight; one that saw more keeps nothing. */
const DROPS_LIMIT = 100;

/** A read or load under way in this process, and the invalidations it has lived through. */
export class Flight {
  readonly scopes: readonly Scope[];
  readonly startedAtMs: number;
  readonly #drops: Matcher[] = [];
  #isSpoilt = false;

  constructor(scopes: readonly Scope[], startedAtMs: number) {
    this.scopes = scopes;
    this.startedAtMs = startedAtMs;
  }

  note(matches: Matcher): void {
    if (this.#drops.length < DROPS_LIMIT) this.#drops.push(matches);
    else this.#isSpoilt = true;
  }

  spoil(): void {
    this.#isSpoilt = true;
  }

  /**
   * Whether a value that depends on `scopes`, and came of this flight, may be kept in this process. Judged at the end: which scopes a value
   * found in the shared state depends on is not known before.
   */
  mayKeep(scopes: readonly Scope[]): boolean {
    return !this.#isSpoilt && !this.#drops.some((matches) => matches(scopes));
  }
}

/** The flights of this process: one per value at a time, which later callers join. */
export class Flights<T> {
  readonly #joinable = new Map<string, { readonly flight: Flight; readonly promise: Promise<T> }>();
  readonly #all = new Set<Flight>();
  readonly #longestMs: number;
  readonly #nowMs: () => number;

  /** `longestMs`: nobody joins a flight older than this; a loader that hangs must not hold every later caller. */
  constructor(longestMs: number, nowMs: () => number) {
    this.#longestMs = longestMs;
    this.#nowMs = nowMs;
  }

  /** The flight under way, or the one that `run` begins. */
  join(id: string, scopes: readonly Scope[], run: (flight: Flight) => Promise<T>): Promise<T> {
    const known = this.#joinable.get(id);
    if (known !== undefined && this.#fits(known.flight, scopes)) return known.promise;
    const flight = new Flight(scopes, this.#nowMs());
    const promise = this.fly(flight, run).finally(() => {
      if (this.#joinable.get(id)?.flight === flight) this.#joinable.delete(id);
    });
    this.#joinable.set(id, { flight, promise });
    return promise;
  }

  /** One that nobody joins. */
  async fly<R>(flight: Flight, run: (flight: Flight) => Promise<R>): Promise<R> {
    this.#all.add(flight);
    try {
      return await run(flight);
    } finally {
      this.#all.delete(flight);
    }
  }

  /** Those it concerns keep nothing, and nobody joins them any more. */
  drop(target: Target): void {
    const matches = matcherOf(target);
    for (const flight of this.#all) flight.note(matches);
    for (const [id, { flight }] of this.#joinable) if (matches(flight.scopes)) this.#joinable.delete(id);
  }

  /** The same for all. */
  dropAll(): void {
    for (const flight of this.#all) flight.spoil();
    this.#joinable.clear();
  }

  #fits(flight: Flight, scopes: readonly Scope[]): boolean {
    if (this.#nowMs() - flight.startedAtMs > this.#longestMs) return false;
    return scopes.every((scope) => flight.scopes.includes(scope));
  }
}
