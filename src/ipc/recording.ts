/** What can be recorded of one worker: where its CPU time goes, or what its heap holds. */
export type RecordingKind = 'cpu-profile' | 'heap-snapshot';

export interface RecordingWish {
  readonly kind: RecordingKind;
  /** Of a CPU profile. */
  readonly durationMs: number;
  /** Even if memory could run out. */
  readonly force: boolean;
}

/** A recording that is complete. */
export interface Recording {
  /** Where it lies until `remove`. */
  readonly file: string;
  /** For people: whose it is, and of when. */
  readonly fileName: string;
  readonly bytes: number;
  /** How long the worker stood still for it. */
  readonly pausedMs: number;
  remove(): void;
}
