import { duration } from './quantity.ts';
import type { MissingReport, ScalingAlert } from './record.ts';
import type { ScalerState } from './state.ts';

/** Since when each of the things that are missing now has been. */
export function missingSince(
  before: ScalerState['missingSinceMs'],
  missing: readonly string[],
  nowMs: number,
): ScalerState['missingSinceMs'] {
  const entries = missing.map((what) => [what, Object.hasOwn(before, what) ? (before[what] ?? nowMs) : nowMs] as const);
  return Object.fromEntries(entries);
}

export function missingReports(sinceMs: ScalerState['missingSinceMs'], nowMs: number): readonly MissingReport[] {
  return Object.entries(sinceMs).map(([what, since]) => ({ what, forMs: nowMs - since }));
}

/** One alert for each thing that has come to be missing for `reportAfterMs` since the last decision. */
export function missingAlerts(
  reports: readonly MissingReport[],
  reportAfterMs: number,
  sinceLastDecisionMs: number,
): readonly ScalingAlert[] {
  return reports
    .filter(({ forMs }) => forMs >= reportAfterMs && forMs - sinceLastDecisionMs < reportAfterMs)
    .map(({ what, forMs }) => ({
      source: what,
      sentence: `No figures of ${what} for ${duration(forMs)}; nothing scales down meanwhile.`,
    }));
}
