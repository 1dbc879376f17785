/** Something people should know, and the ways to tell them. */

export type AlertSeverity = 'warning' | 'critical';

export interface Alert {
  /** The same for all news of one trouble: `health/memory`. */
  readonly key: string;
  readonly state: 'firing' | 'resolved';
  /** When resolved: how bad it was last. */
  readonly severity: AlertSeverity;
  /** The finding in words. */
  readonly sentence: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  readonly atMs: number;
  /** Which runtime says so (TIDEGATE_NAME). */
  readonly instance: string;
}

/** A way to tell people. A new one is a file and a line in the composition root. */
export interface AlertChannel {
  readonly name: string;
  /** Takes the alert over and returns at once; never throws. */
  deliver(alert: Alert): void;
  /** Tries to get rid of what is still under way, for at most so long, and gives up the rest. */
  close(deadlineMs: number): Promise<void>;
}

/** The part of a logger that alerts need. */
export type AlertLogger = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;
