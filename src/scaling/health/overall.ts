import type { HealthLevel } from './probe-state.ts';

export type OverallStatus = 'ok' | 'degraded' | 'critical' | 'stopping';

export interface OverallInput {
  readonly stopping: boolean;
  readonly ready: number;
  readonly probes: readonly HealthLevel[];
  /** Levels of what the runtime depends on (Redis, a database): they degrade it, they don't kill it. */
  readonly dependencies: readonly HealthLevel[];
}

/** One word for the whole. */
export function overallStatus({ stopping, ready, probes, dependencies }: OverallInput): OverallStatus {
  if (stopping) return 'stopping';
  if (ready === 0 || probes.includes('critical')) return 'critical';
  const degraded =
    [...probes, ...dependencies].some((level) => level === 'warning') || dependencies.includes('critical');
  return degraded ? 'degraded' : 'ok';
}

/** Whether requests may come: `/health` answers 200, else 503. No other trouble makes an orchestrator replace a server that serves. */
export function mayServe({ stopping, ready }: Pick<OverallInput, 'stopping' | 'ready'>): boolean {
  return !stopping && ready > 0;
}
