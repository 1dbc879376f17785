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
  /** Id of the silence that keeps channels from telling of it. */
  readonly silencedBy?: string;
  /** True: it was told before and is still so. */
  readonly repeated?: boolean;
}

/** What a channel tells people at a time: one alert, or several that came together. Never empty; the worst that fires stands first. */
export interface Notification {
  readonly instance: string;
  readonly atMs: number;
  readonly alerts: readonly [Alert, ...Alert[]];
}

/** What became of the notifications of a channel since the start. */
export interface ChannelStatus {
  readonly name: string;
  readonly waiting: number;
  readonly delivered: number;
  /** Given up after all attempts, or refused by the receiver. */
  readonly failed: number;
  /** Given up unsent, because too many waited. */
  readonly dropped: number;
  readonly lastDeliveredAtMs: number | null;
  /** Why the latest attempt that failed did. Holds no address and no secret. */
  readonly lastError: string | null;
}

export interface TestResult {
  readonly channel: string;
  readonly delivered: boolean;
  /** Why it was not; empty when it was. */
  readonly detail: string;
}

/** A way to tell people. A new one is a file and a line in the composition root. */
export interface AlertChannel {
  readonly name: string;
  /** Takes the notification over and returns at once; never throws. */
  deliver(notification: Notification): void;
  /** One attempt, at once and past the queue; never rejects. */
  test(notification: Notification): Promise<TestResult>;
  status(): ChannelStatus;
  /** Tries to get rid of what is still under way, for at most so long, and gives up the rest. */
  close(deadlineMs: number): Promise<void>;
}

/** Hears of every alert at once, silenced ones included. */
export type AlertWatcher = (alert: Alert) => void;

/** The part of a logger that alerts need. */
export type AlertLogger = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;
