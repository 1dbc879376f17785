import { StateError } from '../errors.ts';
import { count, gauge } from '../meters.ts';
import type { SharedState } from '../shared-state.ts';
import type { FallbackClock } from './clock.ts';
import {
  afterFailure,
  afterGoodProbe,
  type Degradation,
  type DegradationLimits,
  NEVER_DEGRADED,
} from './degradation.ts';
import { type FailureReason, PrimaryFailed } from './failure.ts';
import { OWN_PREFIX } from './marks.ts';
import { PrimaryGuard } from './primary-guard.ts';
import { within } from './within.ts';

/** Since when (milliseconds since 1970) and why the embedded store stands in. */
export interface Degraded {
  readonly since: number;
  readonly reason: string;
}

export interface SwitchOverOptions {
  readonly primary: SharedState;
  readonly detectMs: number;
  readonly probeIntervalMs: number;
  readonly clock: FallbackClock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onChange: (degraded: Degraded | null) => void;
}

/** Spread over the slots: that none of 32 lies on one of three masters has a chance of 3 × (2/3)^32, one key prefix in 140,000. */
const PROBE_KEYS = Array.from({ length: 32 }, (_, index) => `${OWN_PREFIX}probe:${index}`);
const PROBE_TTL_MS = 10_000;
/** With these it is back within 10 s of a failover however often Redis came and went before. */
const LONGEST_HOLD_MS = 4_000;
const CALM_MS = 30_000;

/** Decides who answers: watches Redis through the guard and by probes, and switches over and back. */
export class SwitchOver {
  readonly guard: PrimaryGuard;
  readonly #options: SwitchOverOptions;
  readonly #limits: DegradationLimits;
  #state: Degradation = NEVER_DEGRADED;
  #degraded: Degraded | null = null;
  #probes = 0;
  #cancelProbe: (() => void) | undefined;
  #closed = false;

  constructor(options: SwitchOverOptions) {
    this.#options = options;
    const { clock, detectMs, probeIntervalMs } = options;
    this.#limits = { firstHoldMs: probeIntervalMs, longestHoldMs: LONGEST_HOLD_MS, calmMs: CALM_MS };
    this.guard = new PrimaryGuard({ clock, detectMs, onFailure: (reason, what) => this.#failed(reason, what) });
    gauge('shared_state_degraded', [], 0);
    this.#probeLater();
  }

  get degraded(): Degraded | null {
    return this.#degraded;
  }

  /** For how long the embedded store has stood in; 0: it does not. */
  get degradedForMs(): number {
    return this.#state.state === 'degraded' ? this.#options.clock.nowMs() - this.#state.sinceMs : 0;
  }

  /**
   * What Redis does, or, if Redis fails, what the embedded store does.
   * @throws what the embedded store throws, or what Redis throws where it says nothing about Redis
   */
  async either<T>(primary: () => Promise<T>, embedded: () => Promise<T>): Promise<T> {
    try {
      return await primary();
    } catch (error) {
      if (!(error instanceof PrimaryFailed)) throw error;
      if (this.#closed) throw new StateError('STATE_CLOSED', 'the shared state was closed', { ambiguous: true });
      count('shared_state_fallback_total', [error.reason]);
      return embedded();
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancelProbe?.();
    this.guard.close('unavailable');
  }

  #failed(reason: FailureReason, what: string): void {
    if (this.#closed) return;
    const before = this.#state;
    this.#state = afterFailure(before, what, this.#options.clock.nowMs(), this.#limits);
    if (before.state === 'degraded' || this.#state.state !== 'degraded') return;
    this.guard.close(reason);
    this.#changed({ since: this.#options.now(), reason: what });
    this.#probeLater();
  }

  #changed(degraded: Degraded | null): void {
    this.#degraded = degraded;
    gauge('shared_state_degraded', [], degraded === null ? 0 : 1);
    this.#options.onChange(degraded);
  }

  #probeLater(): void {
    this.#cancelProbe?.();
    if (!this.#closed)
      this.#cancelProbe = this.#options.clock.after(this.#options.probeIntervalMs, () => this.#probe());
  }

  async #probe(): Promise<void> {
    this.#cancelProbe = undefined;
    if (this.#state.state === 'healthy') await this.#look();
    else await this.#tryEverywhere();
    if (this.#cancelProbe === undefined) this.#probeLater();
  }

  /** So that an outage is known before the next caller comes; the guard draws the consequences. */
  async #look(): Promise<void> {
    const key = PROBE_KEYS[this.#probes++ % PROBE_KEYS.length] as string;
    await this.guard.run(() => this.#options.primary.get(key)).catch(() => {});
  }

  /** Writes to every master and publishes: one that only reads, or only some that answer, would send it back too early. */
  async #tryEverywhere(): Promise<void> {
    const { primary, detectMs, clock } = this.#options;
    const write = { ttlMs: PROBE_TTL_MS, timeoutMs: detectMs };
    const tries = PROBE_KEYS.map((key) => primary.set(key, '1', write));
    tries.push(primary.publish(`${OWN_PREFIX}probe`, '', { timeoutMs: detectMs }));
    const good = await within(Promise.all(tries), detectMs, clock).then(
      () => true,
      () => false,
    );
    if (this.#closed) return;
    this.#state = good
      ? afterGoodProbe(this.#state, clock.nowMs())
      : afterFailure(this.#state, 'a probe failed', clock.nowMs(), this.#limits);
    if (this.#state.state !== 'healthy') return;
    this.guard.open();
    this.#changed(null);
  }
}
