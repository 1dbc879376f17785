import type { Alert, AlertChannel, AlertSeverity } from './alert.ts';

export interface AlertDispatcherOptions {
  readonly channels: readonly AlertChannel[];
  readonly instance: string;
}

export interface Finding {
  readonly key: string;
  readonly severity: AlertSeverity;
  readonly sentence: string;
}

/** Knows which alerts are firing, tells every channel what changes, and tells nothing twice. */
export class AlertDispatcher {
  readonly #channels: readonly AlertChannel[];
  readonly #instance: string;
  readonly #firing = new Map<string, Alert>();

  constructor({ channels, instance }: AlertDispatcherOptions) {
    this.#channels = channels;
    this.#instance = instance;
  }

  /** Tells of a trouble, unless it was told with this severity already. */
  fire({ key, severity, sentence }: Finding, nowMs: number): void {
    const before = this.#firing.get(key);
    if (before?.severity === severity) return;
    const startedAtMs = before?.startedAtMs ?? nowMs;
    const alert: Alert = {
      key,
      state: 'firing',
      severity,
      sentence,
      startedAtMs,
      atMs: nowMs,
      instance: this.#instance,
    };
    this.#firing.set(key, alert);
    this.#deliver(alert);
  }

  /** Tells that a trouble is over, if it was told of. */
  resolve(key: string, sentence: string, nowMs: number): void {
    const before = this.#firing.get(key);
    if (before === undefined) return;
    this.#firing.delete(key);
    this.#deliver({ ...before, state: 'resolved', sentence, atMs: nowMs });
  }

  /** What is firing, the oldest first. */
  firing(): readonly Alert[] {
    return [...this.#firing.values()];
  }

  /** Lets the channels finish, each within the deadline. */
  async close(deadlineMs: number): Promise<void> {
    await Promise.all(this.#channels.map((channel) => channel.close(deadlineMs)));
  }

  #deliver(alert: Alert): void {
    for (const channel of this.#channels) channel.deliver(alert);
  }
}
