import { openSync, readSync } from 'node:fs';

/**
 * Time that this process' main thread was ready to run but had no core, from the kernel's scheduler statistics.
 * On an oversubscribed machine event-loop utilization counts that as work; this tells it apart.
 */
export class RunDelay {
  readonly #fd: number | null;
  readonly #buffer = Buffer.alloc(128);

  constructor(file = '/proc/self/schedstat') {
    let fd: number | null = null;
    try {
      fd = openSync(file, 'r');
    } catch {} // not Linux, or no scheduler statistics: said as null
    this.#fd = fd;
  }

  /** Total since the process started, in ms; null where the kernel does not tell. */
  totalMs(): number | null {
    if (this.#fd === null) return null;
    const length = readSync(this.#fd, this.#buffer, 0, this.#buffer.length, 0);
    const nanoseconds = Number(this.#buffer.toString('latin1', 0, length).split(' ')[1]);
    return Number.isFinite(nanoseconds) ? nanoseconds / 1e6 : null;
  }
}
