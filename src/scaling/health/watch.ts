import type { Measurement } from './probe.ts';
import {
  evaluate,
  type HealthLevel,
  initialState,
  type LevelChange,
  type ProbeSpec,
  type Threshold,
} from './probe-state.ts';

export interface ProbeReport {
  readonly level: HealthLevel;
  readonly value: number | null;
  readonly unit: string;
  readonly thresholds: { readonly warning?: Threshold; readonly critical?: Threshold };
  readonly sinceMs: number;
  readonly sentence: string;
}

/** One probe in the course of time. */
export class Watch {
  readonly spec: ProbeSpec;
  #state: ReturnType<typeof initialState>;
  #sentence = 'not measured yet';

  constructor(spec: ProbeSpec, nowMs: number) {
    this.spec = spec;
    this.#state = initialState(nowMs);
  }

  get level(): HealthLevel {
    return this.#state.level;
  }

  get sentence(): string {
    return this.#sentence;
  }

  /** The latest value was bad, though not often enough yet to change the level. */
  get isRising(): boolean {
    return this.#state.rising.warning.count > 0;
  }

  /** The latest value was good, though not often enough yet to end the trouble. */
  get isRecovering(): boolean {
    return this.#state.severity > 0 && this.#state.falling.ok > 0;
  }

  /** How long the level has been what it is. */
  levelAgeMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#state.sinceMs);
  }

  /** Takes one measurement; returns the change of level that it brings, if any. */
  take({ value, sentence }: Measurement, atMs: number): LevelChange | undefined {
    const { state, changed } = evaluate(this.spec, this.#state, value, atMs);
    this.#state = state;
    this.#sentence = sentence;
    return changed;
  }

  report(): ProbeReport {
    const { warning, critical, unit } = this.spec;
    const thresholds = { ...(warning && { warning }), ...(critical && { critical }) };
    const { level, value, sinceMs } = this.#state;
    return { level, value, unit, thresholds, sinceMs, sentence: this.#sentence };
  }
}
