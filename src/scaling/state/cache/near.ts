import type { Unsubscribe } from '../shared-state.ts';
import type { Entry } from './entry.ts';
import { FirstLevel } from './first-level.ts';
import { Flight, Flights } from './flights.ts';
import type { LoadJob } from './load.ts';
import type { CacheSettings } from './options.ts';
import type { Scope, Target } from './scope.ts';

/**
 * What this process holds of a cache: its values and its flights, which invalidations must both reach. A value goes into L1 only if, since
 * its flight began, notices were heard and none of them was about it.
 */
export class Near<Answer> {
  readonly #settings: CacheSettings;
  readonly #firstLevel: FirstLevel;
  readonly #flights: Flights<Answer>;
  readonly #ready: Promise<void>;
  /** Until notices come, or couldn't be had, nothing is kept. */
  #isOpen = false;
  #isClosed = false;
  #flushes = 0;
  #unsubscribe: Unsubscribe | undefined;

  /** `listen` resolves when notices of invalidations begin to come. */
  constructor(settings: CacheSettings, listen: () => Promise<Unsubscribe>) {
    this.#settings = settings;
    this.#firstLevel = new FirstLevel(settings, settings.nowMs);
    this.#flights = new Flights(settings.waitMs, settings.nowMs);
    this.#ready = this.#listen(listen);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get flushes(): number {
    return this.#flushes;
  }

  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#firstLevel.entries, bytes: this.#firstLevel.bytes };
  }

  /** When invalidations by others are heard. */
  ready(): Promise<void> {
    return this.#ready;
  }

  get(id: string, scopes: readonly Scope[]): Entry | undefined {
    return this.#firstLevel.get(id, scopes);
  }

  /** The flight under way for this value, or the one that `run` begins. `keep` puts into L1 what came of it. */
  join(
    request: Omit<LoadJob, 'flight'>,
    run: (job: LoadJob, keep: (entry: Entry | undefined) => void) => Promise<Answer>,
  ): Promise<Answer> {
    return this.#flights.join(request.id, request.scopes, (flight) =>
      run({ ...request, flight }, this.#keeper(request, flight)),
    );
  }

  /** A flight in the background, which nobody joins. */
  async fly(
    request: Omit<LoadJob, 'flight'>,
    run: (job: LoadJob, keep: (entry: Entry | undefined) => void) => Promise<void>,
  ): Promise<void> {
    const flight = new Flight(request.scopes, this.#settings.nowMs());
    await this.#flights.fly(flight, () => run({ ...request, flight }, this.#keeper(request, flight)));
  }

  drop(target: Target): void {
    this.#flights.drop(target);
    this.#firstLevel.drop(target);
  }

  /** Messages were missed: whatever is here, or under way, may be out of date. */
  dropAll(): void {
    this.#flights.dropAll();
    this.flush();
  }

  flush(): void {
    this.#flushes += 1;
    this.#firstLevel.clear();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#firstLevel.clear();
    await this.#unsubscribe?.().catch(() => undefined);
  }

  #keeper({ id, scopes: named }: Omit<LoadJob, 'flight'>, flight: Flight): (entry: Entry | undefined) => void {
    const wasOpen = this.#isOpen;
    return (entry) => {
      if (entry === undefined || !wasOpen || this.#isClosed) return;
      const scopes = scopesOfEntry(entry, named);
      if (flight.mayKeep(scopes)) this.#firstLevel.put(id, entry, scopes);
    };
  }

  /** Tries until it succeeds. Meanwhile values are kept for l1TtlMs, which bounds how long an invalidation goes unseen. */
  async #listen(listen: () => Promise<Unsubscribe>): Promise<void> {
    while (!this.#isClosed) {
      try {
        const unsubscribe = await listen();
        if (this.#isOpen) this.dropAll();
        this.#isOpen = true;
        this.#unsubscribe = unsubscribe;
        if (this.#isClosed) await unsubscribe();
        return;
      } catch {
        this.#isOpen = true;
        await new Promise<void>((resolve) => {
          setTimeout(resolve, Math.max(1, this.#settings.stateRetryMs)).unref();
        });
      }
    }
  }
}

/** What a value in hand depends on: the scopes whose stamps it carries, or if the state was away, those its caller named. */
export function scopesOfEntry(entry: Entry, named: readonly Scope[]): readonly Scope[] {
  const carried = Object.keys(entry.stamps);
  return carried.length === 0 ? named : carried;
}
