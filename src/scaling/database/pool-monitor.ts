/** Samples a pool while it is used, and says when it comes under pressure and when that is over. */
import { gauge } from '../state/meters.ts';
import { afterSample, NO_PRESSURE, type PoolSample, type Pressure, type PressureLevel } from './pool-pressure.ts';

export interface PoolAlert extends PoolSample {
  readonly pool: string;
  readonly level: PressureLevel;
  /** What changed: the level, or whether callers wait. */
  readonly change: 'level' | 'waiting';
  /** For people. */
  readonly message: string;
}

export interface PoolMonitorOptions {
  readonly pool: string;
  readonly sample: () => PoolSample;
  readonly onAlert: (alert: PoolAlert) => void;
  readonly sampleMs: number;
}

export class PoolMonitor {
  readonly #options: PoolMonitorOptions;
  #pressure: Pressure = NO_PRESSURE;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: PoolMonitorOptions) {
    this.#options = options;
  }

  get level(): PressureLevel {
    return this.#pressure.level;
  }

  /** The pool is being used: it is sampled until it comes to rest. An idle pool costs no wake-ups. */
  used(): void {
    if (this.#timer !== null || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#takeSample();
    }, this.#options.sampleMs);
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #takeSample(): void {
    const { pool, sample: take } = this.#options;
    const { used, waiting, max } = take();
    const sample: PoolSample = { used, waiting, max };
    gauge('db_pool_used', [pool], sample.used);
    gauge('db_pool_waiting', [pool], sample.waiting);
    const before = this.#pressure;
    this.#pressure = afterSample(before, sample);
    if (this.#pressure.level !== before.level) this.#tell('level', sample);
    if (this.#pressure.waiting !== before.waiting) this.#tell('waiting', sample);
    const atRest = sample.used === 0 && this.#pressure.level === 'ok' && !this.#pressure.waiting;
    if (!atRest) this.used();
  }

  #tell(change: PoolAlert['change'], sample: PoolSample): void {
    const { pool, onAlert } = this.#options;
    const { level, waiting } = this.#pressure;
    const inUse = `${sample.used} of ${sample.max} connections of the pool ${pool} are in use`;
    const message =
      change === 'level'
        ? `${inUse} (${level})`
        : waiting
          ? `${inUse}; ${sample.waiting} callers wait for one`
          : `${inUse}; nobody waits any more`;
    onAlert({ pool, level, change, message, ...sample });
  }
}
