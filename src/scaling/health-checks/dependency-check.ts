import type { ProbeSpec } from '../health/probe-state.ts';
import type { CheckTimes, HealthCheck } from './check.ts';

export interface DependencyCheckOptions extends CheckTimes {
  /** Of the probe. */
  readonly name: string;
  /** For people: `PostgreSQL`. */
  readonly label: string;
  /** An answer that takes longer than this is worth a warning. */
  readonly slowMs: number;
  /** How bad it is when it does not answer. */
  readonly absence: 'warning' | 'critical';
  /** Asks once. @throws when it does not answer */
  readonly ask: (signal: AbortSignal) => Promise<void>;
}

/**
 * Something the runtime or the app depends on, judged by how long it takes to answer. No answer counts as one that took the whole
 * timeout, so that levels and hysteresis are those of any other figure.
 */
export function dependencyCheck(options: DependencyCheckOptions): HealthCheck {
  const { name, label, slowMs, absence, timeoutMs, intervalMs, ask } = options;
  const slow = Math.min(slowMs, timeoutMs / 2);
  const spec: ProbeSpec = {
    name,
    unit: 'ms',
    worseWhen: 'above',
    warning: { set: slow, clear: slow * 0.7, rise: 2 },
    ...(absence === 'critical' && { critical: { set: timeoutMs, clear: timeoutMs * 0.7, rise: 2 } }),
    fall: 2,
    unknownAfter: 3,
  };
  return {
    spec,
    isDependency: true,
    intervalMs,
    timeoutMs,
    measure: async (signal) => {
      const startedAtMs = performance.now();
      await ask(signal);
      const tookMs = performance.now() - startedAtMs;
      return { value: tookMs, sentence: `${label} answers within ${Math.ceil(tookMs)} ms` };
    },
    failure: (why) => ({ value: timeoutMs, sentence: `${label} does not answer: ${why}` }),
  };
}
