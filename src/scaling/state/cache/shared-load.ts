import type { Ticker } from '../../ticker.ts';
import type { SharedState } from '../shared-state.ts';
import type { Entry } from './entry.ts';
import { CacheLoadError } from './errors.ts';
import { type Loaded, type LoadJob, type LoadLimits, runLoader } from './load.ts';
import { LoadLock } from './load-lock.ts';
import type { LoadEnd, Notices } from './notices.ts';
import type { CacheSettings } from './options.ts';
import type { SecondLevel } from './second-level.ts';
import { StateAway, type StateGuard } from './state-guard.ts';

/** `waited`: another process loaded it. */
export interface LoadOutcome extends Loaded {
  readonly waited: boolean;
}

export interface SharedLoadParts {
  readonly state: SharedState;
  readonly guard: StateGuard;
  readonly secondLevel: SecondLevel;
  readonly notices: Notices;
  readonly settings: CacheSettings;
  readonly limits: LoadLimits;
  readonly ticker: Ticker;
}

/** Loads that run once for all processes: who gets the lock loads, the others wait for what it makes of it. */
export class SharedLoad {
  readonly #parts: SharedLoadParts;

  constructor(parts: SharedLoadParts) {
    this.#parts = parts;
  }

  /**
   * The value, loaded here or elsewhere. After `waitMs` of waiting it is loaded here, lock or no lock.
   * @throws what the loader throws; CacheLoadError if it threw elsewhere; StateAway if the state failed before the loader was called.
   */
  async run(job: LoadJob): Promise<LoadOutcome> {
    const { guard, secondLevel, settings } = this.#parts;
    const deadlineMs = performance.now() + settings.waitMs;
    for (;;) {
      const stamps = await guard.call(() => secondLevel.stamp(job.scopes));
      if (stamps === undefined)
        return { ...(await runLoader(job, {}, this.#parts.limits)), entry: undefined, waited: false };
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) return { ...(await this.#load(job, stamps)).loaded, waited: false };
      const lock = this.#lockOf(job, stamps);
      if (await guard.call(() => lock.take())) return this.#hold(job, stamps, lock);
      const outcome = await this.#wait(job, stamps, lock, leftMs);
      if (outcome !== undefined) return outcome;
    }
  }

  /** Loads it anew if no other process is at it; undefined: one is. */
  async refresh(job: LoadJob): Promise<LoadOutcome | undefined> {
    const { guard, secondLevel } = this.#parts;
    const stamps = await guard.call(() => secondLevel.stamp(job.scopes));
    if (stamps === undefined) return undefined;
    const lock = this.#lockOf(job, stamps);
    return (await guard.call(() => lock.take())) ? this.#hold(job, stamps, lock) : undefined;
  }

  #lockOf(job: LoadJob, stamps: Entry['stamps']): LoadLock {
    const { state, settings } = this.#parts;
    return new LoadLock(state, { name: settings.name, id: job.id, stamps }, settings);
  }

  /** Another process may have loaded between this one's reading and its taking of the lock, so it reads again. */
  async #hold(job: LoadJob, stamps: Entry['stamps'], lock: LoadLock): Promise<LoadOutcome> {
    const { guard, secondLevel, settings, ticker } = this.#parts;
    const stopRenewing = ticker.every(settings.lockMs / 3, 'renew a load lock', () => lock.renew());
    let end: LoadEnd = { how: 'unkept' };
    try {
      const again = await guard.call(() => secondLevel.read(job.id, job.scopes));
      if (again.kind === 'fresh') {
        end = { how: 'kept' };
        return { value: again.entry.value, entry: again.entry, waited: true };
      }
      const load = await this.#load(job, stamps);
      end = load.end;
      return { ...load.loaded, waited: false };
    } catch (error) {
      if (!(error instanceof StateAway)) end = failureOf(error);
      throw error;
    } finally {
      stopRenewing();
      await this.#letGo(lock, end);
    }
  }

  /** Waits for the lock's release, so that a call which begins after this one ended isn't told of its failure; not for the notice. */
  async #letGo(lock: LoadLock, end: LoadEnd): Promise<void> {
    const { guard, notices, settings } = this.#parts;
    try {
      await guard.call(() => lock.release());
    } catch {
      return; // It expires by itself after lockMs; so long the others wait.
    }
    const announce = async (): Promise<void> => {
      if (await lock.hadWaiters()) await notices.end(lock.owner, end, settings.stateTimeoutMs);
    };
    guard.call(announce).catch(() => undefined); // Those who wait look by themselves after pollMs.
  }

  async #load(job: LoadJob, stamps: Entry['stamps']): Promise<{ readonly loaded: Loaded; readonly end: LoadEnd }> {
    const loaded = await runLoader(job, stamps, this.#parts.limits);
    const { entry } = loaded;
    if (entry === undefined) return { loaded, end: { how: loaded.value === undefined ? 'undefined' : 'unkept' } };
    // To write one that was invalidated meanwhile would do no harm but take the place of a newer one.
    if (!job.flight.mayKeep(job.scopes)) return { loaded, end: { how: 'unkept' } };
    try {
      await this.#parts.guard.call(() => this.#parts.secondLevel.store(job.id, entry));
      return { loaded, end: { how: 'kept' } };
    } catch {
      return { loaded, end: { how: 'unkept' } };
    }
  }

  /** Undefined: begin again, for the lock is free, or its holder's value is of no use any more. */
  async #wait(
    job: LoadJob,
    stamps: Entry['stamps'],
    lock: LoadLock,
    longestMs: number,
  ): Promise<LoadOutcome | undefined> {
    const { guard, secondLevel, notices, settings, limits } = this.#parts;
    const owner = await guard.call(() => lock.holder());
    if (owner === undefined) return undefined;
    // In this order: listen, tell the holder, look. Whenever the holder ends, one of the three finds it.
    const notice = notices.endOf(owner, Math.min(settings.pollMs, longestMs));
    try {
      await guard.call(() => lock.wait(settings.waitMs));
      const early = await guard.call(() => secondLevel.read(job.id, job.scopes));
      if (early.kind === 'fresh') return { value: early.entry.value, entry: early.entry, waited: true };
      const end = await notice.end;
      if (end === undefined) return undefined;
      if (end.how === 'failed') throw new CacheLoadError(job.key, end);
      if (end.how === 'undefined') return { value: undefined, entry: undefined, waited: true };
      if (end.how === 'unkept') return { ...(await runLoader(job, stamps, limits)), entry: undefined, waited: false };
      const late = await guard.call(() => secondLevel.read(job.id, job.scopes));
      return late.kind === 'fresh' ? { value: late.entry.value, entry: late.entry, waited: true } : undefined;
    } finally {
      notice.cancel();
    }
  }
}

/** What can be told of an error to other processes. */
function failureOf(error: unknown): LoadEnd {
  if (!(error instanceof Error)) return { how: 'failed', name: 'Error', message: String(error) };
  const { code } = error as { code?: unknown };
  const told = { how: 'failed', name: error.name, message: error.message } as const;
  return typeof code === 'string' ? { ...told, code } : told;
}
