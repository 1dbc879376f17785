import type { SharedState } from '../shared-state.ts';
import type { Notices } from './notices.ts';
import type { Target } from './scope.ts';
import type { SecondLevel } from './second-level.ts';
import type { StateGuard } from './state-guard.ts';
import { Unspread } from './unspread.ts';

export interface SpreadingParts {
  readonly state: SharedState;
  readonly guard: StateGuard;
  readonly secondLevel: SecondLevel;
  readonly notices: Notices;
  readonly stateTimeoutMs: number;
  readonly stateRetryMs: number;
}

/** How an invalidation gets to the shared state and to the other processes, now or later. */
export class Spreading {
  readonly #parts: SpreadingParts;
  /** Did not reach the state. */
  readonly #unspread: Unspread;
  /** Reached the embedded store while it stood in for Redis; Redis must get them when it is back. */
  readonly #owedToRedis: Unspread;

  constructor(parts: SpreadingParts) {
    this.#parts = parts;
    const spread = (target: Target): Promise<void> => this.#once(target);
    this.#unspread = new Unspread(spread, () => true, parts.stateRetryMs);
    this.#owedToRedis = new Unspread(spread, () => !this.#isDegraded(), parts.stateRetryMs);
  }

  /** Invalidations that somebody hasn't got yet. */
  get pending(): number {
    return this.#unspread.size + this.#owedToRedis.size;
  }

  /** False: not now; it is tried again until it succeeds. */
  async spread(target: Target): Promise<boolean> {
    try {
      await this.#once(target);
      if (this.#isDegraded()) this.#owedToRedis.add(target);
      return true;
    } catch {
      this.#unspread.add(target);
      return false;
    }
  }

  /** Whether what the state has may be older than an invalidation of this process. */
  blocks(): boolean {
    return this.#unspread.blocks() || this.#owedToRedis.blocks();
  }

  close(): void {
    this.#unspread.close();
    this.#owedToRedis.close();
  }

  /** First the state, then the notice: who reads after the notice must not find what it is about. */
  async #once(target: Target): Promise<void> {
    const { guard, secondLevel, notices, stateTimeoutMs } = this.#parts;
    await guard.call(() => secondLevel.invalidate(target));
    await guard.call(() => notices.drop(target, stateTimeoutMs));
  }

  #isDegraded(): boolean {
    const { state } = this.#parts;
    return state.driver === 'fallback' && state.status().degradedSinceMs !== null;
  }
}
