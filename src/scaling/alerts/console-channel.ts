import type { Alert, AlertChannel, AlertLogger } from './alert.ts';

/** Alerts in the runtime's own log. */
export class ConsoleChannel implements AlertChannel {
  readonly name = 'console';
  readonly #log: AlertLogger;

  constructor(log: AlertLogger) {
    this.#log = log;
  }

  deliver(alert: Alert): void {
    const { key, state, severity, sentence } = alert;
    if (state === 'resolved') this.#log('info', `resolved: ${key}: ${sentence}`, { alert });
    else this.#log(severity === 'critical' ? 'error' : 'warn', `${severity}: ${key}: ${sentence}`, { alert });
  }

  async close(): Promise<void> {
    // Nothing is kept back.
  }
}
