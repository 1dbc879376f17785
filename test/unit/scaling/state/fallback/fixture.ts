import { LocalState } from '../../../../../src/scaling/state/embedded/local-state.ts';
import { FallbackState } from '../../../../../src/scaling/state/fallback/fallback-state.ts';
import type { SharedState } from '../../../../../src/scaling/state/shared-state.ts';
import { FaultyState } from './faulty-state.ts';
import { HandClock, turns } from './hand-clock.ts';

export const DETECT_MS = 100;
export const PROBE_MS = 500;
/** A failed probe may lie just behind: the next, and one more after the hold. */
export const RETURN_MS = 3 * PROBE_MS;

type Change = { since: number; reason: string } | null;

/** One machine: a Redis with faults to order, an embedded store, and workers that share both. */
export class Machine {
  readonly redis: FaultyState;
  readonly embedded = new LocalState({ memoryLimitBytes: 64 * 1024 * 1024 });
  readonly clock = new HandClock();
  readonly changes: Change[] = [];
  readonly logs: string[] = [];
  readonly workers: FallbackState[] = [];

  constructor(redis: FaultyState = new FaultyState()) {
    this.redis = redis;
  }

  worker(embedded: SharedState = this.embedded): FallbackState {
    const worker = new FallbackState({
      primary: this.redis.state,
      embedded,
      probeIntervalMs: PROBE_MS,
      detectMs: DETECT_MS,
      clock: this.clock,
      now: () => 1_700_000_000_000 + this.clock.nowMs(),
      log: (message) => this.logs.push(message),
      onChange: (change) => this.changes.push(change),
    });
    this.workers.push(worker);
    return worker;
  }

  /** The promise, with time moved on until what waits for a hung Redis is released. */
  async detecting<T>(promise: Promise<T>): Promise<T> {
    const settled = promise.catch(() => {});
    await turns();
    await this.clock.advance(DETECT_MS);
    await settled;
    return promise;
  }

  /** Redis is well again, and everybody has noticed. */
  async redisReturns(): Promise<void> {
    this.redis.fault = 'none';
    this.redis.faults.clear();
    await this.clock.advance(RETURN_MS);
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
    await this.redis.store.close();
    await this.embedded.close();
  }
}
