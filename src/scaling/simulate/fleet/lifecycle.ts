import type { ServiceProfile } from '../load/profile.ts';
import { type Random, seededRandom, seedOf } from '../load/random.ts';
import type { Span, Workload } from '../load/workload.ts';
import { SimWorker } from './sim-worker.ts';

/** Failed starts within this time count towards a crash loop; three freeze growth, as in the runtime. */
const CRASH_WINDOW_MS = 60_000;
const CRASH_LIMIT = 3;
const BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 15_000;
/** Starts take up to this much more or less than their mean. */
const START_JITTER = 0.15;

export function isWithin(span: Span | undefined, nowMs: number): boolean {
  return span !== undefined && nowMs >= span.fromS * 1_000 && nowMs < span.untilS * 1_000;
}

/** Starts, drains, replaces: what the cluster manager does, reduced to its times. */
export class Lifecycle {
  /** All that exist, oldest first. */
  workers: SimWorker[] = [];
  /** Those that take requests. */
  ready: SimWorker[] = [];
  desired: number;
  readonly #workload: Workload;
  readonly #profile: ServiceProfile;
  readonly #startMs: number;
  readonly #random: Random;
  #lastId = 0;
  #failedAtMs: number[] = [];
  #lastHealthyCount: number;
  #restartAtMs = 0;

  /** Begins with `desired` workers that have been ready for a minute. */
  constructor(workload: Workload, profile: ServiceProfile, startMs: number, desired: number, seed: number) {
    this.#workload = workload;
    this.#profile = profile;
    this.#startMs = startMs;
    this.#random = seededRandom(seedOf('starts', workload.name, seed));
    this.desired = desired;
    this.#lastHealthyCount = desired;
    for (let count = 0; count < desired; count += 1) {
      const worker = this.#create(-60_000 - startMs, -60_000);
      worker.phase = 'ready';
    }
    this.ready = [...this.workers];
  }

  crashLoop(nowMs: number): { readonly frozen: boolean; readonly lastHealthyCount: number } {
    return { frozen: this.#isFrozen(nowMs), lastHealthyCount: this.#lastHealthyCount };
  }

  /** Ten times a second: workers become ready, fail, are replaced or leave, and the number is made what is desired. */
  tick(nowMs: number): void {
    for (const worker of this.workers) this.#advance(worker, nowMs);
    this.#retire(nowMs);
    this.#reconcile(nowMs);
    this.workers = this.workers.filter(({ phase }) => phase !== 'gone');
    this.ready = this.workers.filter(({ phase }) => phase === 'ready');
    if (!this.#isFrozen(nowMs) && this.ready.length > 0) this.#lastHealthyCount = this.ready.length;
  }

  #advance(worker: SimWorker, nowMs: number): void {
    if (worker.phase === 'starting' && nowMs >= worker.failsAtMs) {
      worker.phase = 'gone';
      this.#failedAtMs = [...this.#failedAtMs.filter((atMs) => nowMs - atMs < CRASH_WINDOW_MS), nowMs];
      this.#restartAtMs = nowMs + Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** (this.#failedAtMs.length - 1));
    } else if (worker.phase === 'starting' && nowMs >= worker.readyAtMs) {
      worker.phase = 'ready';
    } else if (
      worker.phase === 'draining' &&
      worker.task === -1 &&
      worker.queue.length === 0 &&
      worker.inFlight === 0
    ) {
      worker.phase = 'gone';
    }
  }

  /** Replaces one worker that has grown too large: first a new one, then the old one leaves. */
  #retire(nowMs: number): void {
    const { leak } = this.#workload.disturbances;
    if (leak === undefined) return;
    const retiring = this.workers.find((worker) => worker.retiring && worker.phase === 'ready');
    if (retiring === undefined) {
      const large = this.workers.find((worker) => worker.phase === 'ready' && worker.rssBytes > leak.recycleBytes);
      if (large === undefined) return;
      large.retiring = true;
      this.#start(nowMs);
    } else if (this.workers.every(({ phase }) => phase !== 'starting')) {
      retiring.phase = 'draining';
    }
  }

  #reconcile(nowMs: number): void {
    const counted = this.workers.filter(
      ({ phase, retiring }) => !retiring && (phase === 'starting' || phase === 'ready'),
    );
    // A worker that replaces another counts already, the one it replaces no more.
    for (let missing = this.desired - counted.length; missing > 0 && nowMs >= this.#restartAtMs; missing -= 1) {
      this.#start(nowMs);
    }
    const newestFirst = counted.toReversed();
    const surplus = [
      ...newestFirst.filter(({ phase }) => phase === 'starting'),
      ...newestFirst.filter(({ phase }) => phase === 'ready'),
    ].slice(0, Math.max(0, counted.length - this.desired));
    for (const worker of surplus) worker.phase = worker.phase === 'starting' ? 'gone' : 'draining';
  }

  #start(nowMs: number): void {
    const startMs = this.#startMs * (1 - START_JITTER + 2 * START_JITTER * this.#random());
    const worker = this.#create(nowMs, nowMs + startMs);
    if (isWithin(this.#workload.disturbances.failingStarts, nowMs)) worker.failsAtMs = nowMs + startMs / 2;
  }

  #create(bornMs: number, readyAtMs: number): SimWorker {
    this.#lastId += 1;
    const worker = new SimWorker(this.#lastId, bornMs, readyAtMs, this.#profile);
    this.workers.push(worker);
    return worker;
  }

  #isFrozen(nowMs: number): boolean {
    return this.#failedAtMs.filter((atMs) => nowMs - atMs < CRASH_WINDOW_MS).length >= CRASH_LIMIT;
  }
}
