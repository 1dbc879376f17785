import type { DecisionRecord } from './record.ts';
import type { ShadowVerdict } from './shadow.ts';

/** One thing that was decided: an action, or a hold for as long as nothing about it changed. */
export interface LogEntry {
  /** The latest record of the run. */
  readonly record: DecisionRecord;
  readonly firstId: number;
  readonly sinceMs: number;
  /** Further records like the first. */
  readonly repeats: number;
  /** What the shadow policies said to the latest record. */
  readonly shadows: readonly ShadowVerdict[];
}

/** Entries kept. */
export const LOG_LENGTH = 200;

/**
 * Adds a decision. A hold like the one before it (same reason, rule and number, nothing to alert) replaces it and counts as a repetition;
 * when the log is full the oldest *hold* goes first. At one decision a second, the actions of a busy day stay visible.
 */
export function appendDecision(
  log: readonly LogEntry[],
  record: DecisionRecord,
  shadows: readonly ShadowVerdict[] = [],
): readonly LogEntry[] {
  const last = log.at(-1);
  if (last !== undefined && repeats(last.record, record)) {
    return [...log.slice(0, -1), { ...last, record, shadows, repeats: last.repeats + 1 }];
  }
  const extended = [...log, { record, firstId: record.id, sinceMs: record.atMs, repeats: 0, shadows }];
  if (extended.length <= LOG_LENGTH) return extended;
  const oldestHold = extended.slice(0, -1).findIndex((entry) => entry.record.action === 'hold');
  return extended.toSpliced(Math.max(0, oldestHold), 1);
}

function repeats(last: DecisionRecord, next: DecisionRecord): boolean {
  const same = last.reason === next.reason && last.rule === next.rule && last.desired === next.desired;
  return same && last.action === 'hold' && next.action === 'hold' && last.alerts.length + next.alerts.length === 0;
}

/** The entry that an id belongs to; of a run of holds it has the latest record. */
export function findDecision(log: readonly LogEntry[], id: number | 'last'): LogEntry | undefined {
  if (id === 'last') return log.at(-1);
  return log.find((entry) => entry.firstId <= id && id <= entry.record.id);
}
