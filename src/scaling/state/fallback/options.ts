import type { SharedState } from '../shared-state.ts';
import type { FallbackClock } from './clock.ts';
import type { Degraded } from './switch-over.ts';

export interface FallbackOptions {
  /** Redis. Both stores are closed with this one. */
  readonly primary: SharedState;
  /** The store that all workers of this machine share. */
  readonly embedded: SharedState;
  /** How often Redis is asked whether it is there; it is back two good probes after it is. */
  readonly probeIntervalMs: number;
  /**
   * How long a call may wait before Redis counts as hung. A healthy Redis answers within some milliseconds, and within 100 to 200 when it
   * forks or runs a slow command; taking that for an outage would cost the machines their coordination. Each call that waits when a real
   * one begins pays this once.
   */
  readonly detectMs: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly log?: (message: string) => void;
  /** Once per change: since when and why the embedded store stands in; null: Redis is back. */
  readonly onChange?: (degraded: Degraded | null) => void;
  /** Tests pass their own. */
  readonly clock?: FallbackClock;
}
