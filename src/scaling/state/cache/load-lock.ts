import { createHash, randomUUID } from 'node:crypto';
import type { CallOptions, SharedState } from '../shared-state.ts';
import type { Stamps } from './entry.ts';

/**
 * The right to load a value for all processes. Its name contains the stamps, so that a load which begins after an invalidation
 * doesn't wait for one that began before, whose value it could not use.
 */
export class LoadLock {
  readonly #state: SharedState;
  readonly #key: string;
  readonly #waitersKey: string;
  readonly #owner = randomUUID();
  readonly #lockMs: number;
  readonly #call: CallOptions;

  constructor(
    state: SharedState,
    load: { readonly name: string; readonly id: string; readonly stamps: Stamps },
    times: { readonly lockMs: number; readonly stateTimeoutMs: number },
  ) {
    const hash = createHash('sha256')
      .update(JSON.stringify([load.id, ...Object.values(load.stamps)]))
      .digest('base64url');
    this.#state = state;
    this.#key = `cache:${load.name}:l:${hash}`;
    this.#waitersKey = `cache:${load.name}:w:${hash}`;
    this.#lockMs = times.lockMs;
    this.#call = { timeoutMs: times.stateTimeoutMs };
  }

  get owner(): string {
    return this.#owner;
  }

  /** False: somebody else has it. */
  take(): Promise<boolean> {
    return this.#state.add(this.#key, this.#owner, { ...this.#call, ttlMs: this.#lockMs });
  }

  /** Whose it is; undefined: nobody's. */
  async holder(): Promise<string | undefined> {
    return (await this.#state.get(this.#key, this.#call))?.toString();
  }

  /**
   * Keeps it for another `lockMs`. After a long pause it may be somebody else's by then, whose time this prolongs; they will let it go
   * themselves, or the others wait `lockMs` longer.
   */
  async renew(): Promise<void> {
    await this.#state.expire(this.#key, this.#lockMs, this.#call);
  }

  async release(): Promise<void> {
    await this.#state.deleteIfEqual(this.#key, this.#owner, this.#call);
  }

  /** Tells the holder that somebody waits for its notice. Whoever asks looks again afterwards: the holder may just have ended. */
  async wait(waitMs: number): Promise<void> {
    await this.#state.set(this.#waitersKey, '1', { ...this.#call, ttlMs: waitMs + this.#lockMs });
  }

  /** Whether somebody waited; asked once, by the holder, after it let go. A load that nobody waits for is not announced. */
  async hadWaiters(): Promise<boolean> {
    return (await this.#state.delete([this.#waitersKey], this.#call)) > 0;
  }
}
