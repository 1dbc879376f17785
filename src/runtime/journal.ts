import { LogRing } from './log-ring.ts';
import type { Log, LogLevel } from './logger.ts';

/** What the runtime says: into its log, and into the ring that `tidegate logs` reads. */
export class Journal {
  readonly ring = new LogRing();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** People read it as it comes. */
  get isHuman(): boolean {
    return this.#log.human;
  }

  readonly write = (level: LogLevel, message: string, fields?: object): void => {
    const stream = level === 'error' ? 'stderr' : 'stdout';
    this.ring.add({ atMs: Date.now(), source: 'tidegate', stream, text: message });
    this.#log.write(level, message, fields);
  };

  /** Something of ours failed that nobody waits for. */
  readonly onError = (error: unknown, what: string): void => {
    this.write('error', `${what} failed: ${String(error)}`, { stack: (error as Error)?.stack });
  };
}
