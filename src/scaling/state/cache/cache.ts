import { Ticker } from '../../ticker.ts';
import { pubsub } from '../pubsub/index.ts';
import type { SharedState } from '../shared-state.ts';
import type { Entry } from './entry.ts';
import { type Loader, type LoadJob, type LoadLimits, runLoader } from './load.ts';
import { Near, scopesOfEntry } from './near.ts';
import { Notices } from './notices.ts';
import { type CacheOptions, type CacheSettings, settingsOf } from './options.ts';
import { type Labels, matcherOf, scopesOf, type Target, valueId } from './scope.ts';
import { SecondLevel } from './second-level.ts';
import { SharedLoad } from './shared-load.ts';
import { Spreading } from './spreading.ts';
import { StateAway, StateGuard } from './state-guard.ts';
import { type CacheStats, type Level, Tally } from './tally.ts';

interface Answer {
  readonly value: unknown;
  readonly level: Level;
}

type Request = Omit<LoadJob, 'flight'>;

/** After a background load failed, the next stale hit starts another one only after this long. */
const REFRESH_PAUSE_MS = 1_000;

/**
 * A cache-aside over two levels: this process's memory (L1) and the shared state (L2). See docs/CACHE-AND-PUBSUB.md for what it
 * promises, and `SecondLevel` for why.
 */
export class Cache<T = unknown> {
  readonly #settings: CacheSettings;
  readonly #limits: LoadLimits;
  readonly #tally: Tally;
  readonly #near: Near<Answer>;
  readonly #guard: StateGuard;
  readonly #secondLevel: SecondLevel;
  readonly #sharedLoad: SharedLoad;
  readonly #spreading: Spreading;
  readonly #ticker = new Ticker({ onError: () => undefined });
  readonly #refreshing = new Set<string>();
  #hasWarned = false;

  /** @throws RangeError for an option out of range. */
  constructor(state: SharedState, options: CacheOptions) {
    const settings = settingsOf(options);
    this.#settings = settings;
    this.#limits = { ...settings, onUnfit: (problem) => this.#unfit(problem) };
    this.#tally = new Tally(settings.name);
    const notices = new Notices(pubsub(state), settings.name, {
      onDrop: (target) => {
        this.#tally.heard += 1;
        this.#near.drop(target);
      },
      onGap: () => this.#near.dropAll(),
    });
    this.#near = new Near(settings, () => notices.open());
    this.#guard = new StateGuard(settings.stateRetryMs, settings.nowMs, () => this.#near.flush());
    this.#secondLevel = new SecondLevel(state, settings);
    const parts = { state, guard: this.#guard, secondLevel: this.#secondLevel, notices };
    this.#sharedLoad = new SharedLoad({ ...parts, settings, limits: this.#limits, ticker: this.#ticker });
    this.#spreading = new Spreading({ ...parts, ...settings });
  }

  /**
   * The value of `key`: from this process, else from the shared state, else from `loader`, which runs once however many callers and
   * processes want it. Values come as JSON gives them back (a Date is a text), frozen and shared by all callers.
   * @throws what the loader throws, which is not kept; CacheLoadError if it threw in another process; RangeError for a key, user or tag
   * that is empty or too long. Never an error of the shared state.
   */
  async get<V extends T>(key: string, loader: Loader<V>, labels: Labels = {}): Promise<V> {
    const scopes = scopesOf(key, labels);
    const request = { id: valueId(key, labels.user), key, scopes, loader: this.#counted(loader) };
    const answer = this.#fromHere(request) ?? (await this.#near.join(request, (job, keep) => this.#fetch(job, keep)));
    this.#tally.answered(answer.level);
    return answer.value as V;
  }

  /**
   * Drops values: when it resolves, no later call that asks the shared state gets one that was loaded before, nor does any later call in this
   * process; other processes drop theirs when the notice comes, milliseconds later, or after `l1TtlMs` if it is lost.
   * Resolves to true; to false if the shared state failed, in which case it is tried again until it succeeds and this process does
   * without the state so long.
   * @throws RangeError for a key, tag, user or pattern that is empty or too long.
   */
  async invalidate(target: Target): Promise<boolean> {
    matcherOf(target);
    this.#tally.own += 1;
    this.#near.drop(target);
    const isSpread = await this.#spreading.spread(target);
    // A call that began in the meantime may have read what was still there.
    this.#near.drop(target);
    return isSpread;
  }

  /** Figures of this process since the start. */
  stats(): CacheStats {
    return this.#tally.stats({
      flushes: this.#near.flushes,
      stateErrors: this.#guard.failures,
      unspread: this.#spreading.pending,
      l1: this.#near.size,
    });
  }

  /** Resolves when invalidations by other processes are heard, which is when this process begins to keep values. */
  ready(): Promise<void> {
    return this.#near.ready();
  }

  /** Stops listening and empties L1. Calls of `get` go to their loaders from then on. */
  async close(): Promise<void> {
    this.#spreading.close();
    await this.#near.close();
    await this.#ticker.stop();
  }

  #fromHere(request: Request): Answer | undefined {
    const entry = this.#near.get(request.id, request.scopes);
    if (entry === undefined) return undefined;
    if (this.#settings.nowMs() < entry.freshUntilMs) return { value: entry.value, level: 'l1' };
    this.#refresh({ ...request, scopes: scopesOfEntry(entry, request.scopes) });
    return { value: entry.value, level: 'stale' };
  }

  async #fetch(job: LoadJob, keep: (entry: Entry | undefined) => void): Promise<Answer> {
    try {
      this.#checkState();
      const reading = await this.#guard.call(() => this.#secondLevel.read(job.id, job.scopes));
      if (reading.kind !== 'absent') {
        keep(reading.entry);
        if (reading.kind === 'stale') this.#refresh({ ...job, scopes: reading.scopes });
        return { value: reading.entry.value, level: reading.kind === 'stale' ? 'stale' : 'l2' };
      }
      const outcome = await this.#sharedLoad.run({ ...job, scopes: reading.scopes });
      if (outcome.waited) this.#tally.waits += 1;
      keep(outcome.entry);
      return { value: outcome.value, level: 'load' };
    } catch (error) {
      if (!(error instanceof StateAway)) throw error;
      // Kept in this process alone, without stamps, for l1TtlMs at most.
      const { value, entry } = await runLoader(job, {}, this.#limits);
      keep(entry);
      return { value, level: 'load' };
    }
  }

  /** Loads a stale value anew behind the callers' backs, one at a time. */
  #refresh(request: Request): void {
    if (this.#refreshing.has(request.id)) return;
    this.#refreshing.add(request.id);
    const done = (): boolean => this.#refreshing.delete(request.id);
    const flight = this.#near.fly(request, async (job, keep) => {
      this.#checkState();
      keep((await this.#sharedLoad.refresh(job))?.entry);
    });
    flight.then(done, () => {
      setTimeout(done, REFRESH_PAUSE_MS).unref();
    });
  }

  #counted(loader: Loader<unknown>): Loader<unknown> {
    return async () => {
      this.#tally.loads += 1;
      try {
        return await loader();
      } catch (error) {
        this.#tally.loadErrors += 1;
        throw error;
      }
    };
  }

  /** @throws StateAway if there is no use in asking the state, or what it has can't be trusted. */
  #checkState(): void {
    const isUsable = !this.#near.isClosed && this.#guard.isOpen && !this.#spreading.blocks();
    if (!isUsable) throw new StateAway('the shared state is not asked');
  }

  #unfit(problem: string): void {
    this.#tally.unfit += 1;
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    process.emitWarning(`cache ${this.#settings.name}: ${problem}`, { code: 'TIDEGATE_CACHE' });
  }
}
