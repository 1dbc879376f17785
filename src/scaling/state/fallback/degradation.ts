/**
 * Whether the embedded store stands in for Redis, as plain data: degraded with the first failure, back when probes have gone well for
 * `holdMs` in a row. An episode that follows the last return within `calmMs` holds twice as long as that one did, up to `longestHoldMs`:
 * what comes and goes changes sides ever less often, at most once per `longestHoldMs` in the long run. Time is an argument.
 */
export interface DegradationLimits {
  readonly firstHoldMs: number;
  readonly longestHoldMs: number;
  readonly calmMs: number;
}

export type Degradation =
  | {
      readonly state: 'healthy';
      /** When it last came back; null: it was never away. */
      readonly returnedMs: number | null;
      /** How long the last episode held. */
      readonly holdMs: number;
    }
  | {
      readonly state: 'degraded';
      readonly sinceMs: number;
      readonly reason: string;
      readonly holdMs: number;
      /** Since when all probes went well; null: the last one failed. */
      readonly goodSinceMs: number | null;
    };

export const NEVER_DEGRADED: Degradation = { state: 'healthy', returnedMs: null, holdMs: 0 };

/** Redis failed a call or a probe. The first reason of an episode stays. */
export function afterFailure(now: Degradation, reason: string, nowMs: number, limits: DegradationLimits): Degradation {
  if (now.state === 'degraded') return now.goodSinceMs === null ? now : { ...now, goodSinceMs: null };
  const again = now.returnedMs !== null && nowMs - now.returnedMs < limits.calmMs;
  const holdMs = again ? Math.min(limits.longestHoldMs, now.holdMs * 2) : limits.firstHoldMs;
  return { state: 'degraded', sinceMs: nowMs, reason, holdMs, goodSinceMs: null };
}

/** A probe went well. */
export function afterGoodProbe(now: Degradation, nowMs: number): Degradation {
  if (now.state === 'healthy') return now;
  const goodSinceMs = now.goodSinceMs ?? nowMs;
  if (nowMs - goodSinceMs < now.holdMs) return { ...now, goodSinceMs };
  return { state: 'healthy', returnedMs: nowMs, holdMs: now.holdMs };
}
