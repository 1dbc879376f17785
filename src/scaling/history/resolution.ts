/** How fine, and for how long, a figure is kept: every second for an hour, every 10 s for a day, every minute for a week. */
export interface Resolution {
  readonly stepMs: number;
  /** Values that are kept. */
  readonly length: number;
}

export const RESOLUTIONS: readonly Resolution[] = [
  { stepMs: 1_000, length: 3_600 },
  { stepMs: 10_000, length: 8_640 },
  { stepMs: 60_000, length: 10_080 },
];

/** A series takes 89 kB when all its rings are full; so many take 29 MB. */
export const MAX_SERIES = 320;
