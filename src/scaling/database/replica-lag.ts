/**
 * How far a replica is behind, from log positions alone: the primary's position is noted with the time; a replica that has replayed up to
 * such a note is no older than it. So an idle primary means no lag (the replica's own clock of the last transaction would grow), and a
 * replica that has lost its primary falls behind as soon as the primary goes on. While the primary can't be asked, what is known stands.
 */
export interface PrimaryPosition {
  readonly atMs: number;
  /** Bytes of write-ahead log since the beginning of time. */
  readonly position: number;
}

/** Enough for a minute of checks once a second. */
const MOST_NOTES = 60;

/** The notes after another; they are in order of time and position. */
export function withPosition(notes: readonly PrimaryPosition[], note: PrimaryPosition): readonly PrimaryPosition[] {
  const last = notes.at(-1);
  // Another server under the same address: what was noted means nothing to it.
  if (last !== undefined && note.position < last.position) return [note];
  return [...notes.slice(1 - MOST_NOTES), note];
}

/**
 * At most how many milliseconds a replica's data are older than the primary's at the last note; Infinity when it is behind all notes.
 * Null: nothing is known of the primary.
 */
export function lagMs(notes: readonly PrimaryPosition[], replayedPosition: number): number | null {
  const last = notes.at(-1);
  if (last === undefined) return null;
  const reached = notes.findLast(({ position }) => position <= replayedPosition);
  return reached === undefined ? Number.POSITIVE_INFINITY : last.atMs - reached.atMs;
}

export type ReplicaState =
  | { readonly state: 'unknown' }
  | { readonly state: 'fresh'; readonly lagMs: number; readonly checkedAtMs: number }
  | { readonly state: 'lagging'; readonly lagMs: number; readonly checkedAtMs: number }
  | { readonly state: 'down'; readonly reason: string; readonly checkedAtMs: number };

/** What a check that was answered says of a replica. */
export function judgeReplica(lag: number | null, maxLagMs: number, nowMs: number): ReplicaState {
  if (lag === null) return { state: 'unknown' };
  return { state: lag <= maxLagMs ? 'fresh' : 'lagging', lagMs: lag, checkedAtMs: nowMs };
}

/** Whether it may be read from: fresh, by a check that is not too old to be believed. */
export function isReadable(replica: ReplicaState, nowMs: number, believeMs: number): boolean {
  return replica.state === 'fresh' && nowMs - replica.checkedAtMs <= believeMs;
}
