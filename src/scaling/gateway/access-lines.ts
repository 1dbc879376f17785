import type { AccessEntry } from './access-log.ts';

/** One request as one line of JSON. Times that were not reached are -1, as in HAProxy's log. */
export function accessLine(entry: AccessEntry, at: Date): string {
  const { clientAddress, clientPort, method, target, host, status, upstream, termination } = entry;
  const times = `"queueMs":${ms(entry.queueMs)},"connectMs":${ms(entry.connectMs)},"responseMs":${ms(entry.responseMs)},"totalMs":${ms(entry.totalMs)}`;
  return (
    `{"timestamp":"${at.toISOString()}","client":"${clientAddress}","port":${clientPort},"method":"${method}",` +
    `"host":${JSON.stringify(host)},"target":${JSON.stringify(target)},"status":${status},` +
    `"upstream":${upstream === undefined ? 'null' : JSON.stringify(upstream)},${times},` +
    `"receivedBytes":${entry.receivedBytes},"sentBytes":${entry.sentBytes},"retries":${entry.retries},"termination":"${termination}"}`
  );
}

/** To a tenth of a millisecond. */
function ms(value: number): number {
  return Number.isNaN(value) ? -1 : Math.round(value * 10) / 10;
}

/** Where lines go. */
export interface LineSink {
  /** One or several lines, without the last one's end. */
  line(lines: string): void;
  /** Calls back when all is written. */
  end(done: () => void): void;
}

/** Puts together what a turn of the event loop brings: one write for the lines of many requests. */
export class AccessLines {
  readonly #sink: LineSink;
  readonly #now: () => Date;
  #lines: string[] = [];

  constructor(sink: LineSink, now: () => Date = () => new Date()) {
    this.#sink = sink;
    this.#now = now;
  }

  readonly add = (entry: AccessEntry): void => {
    this.#lines.push(accessLine(entry, this.#now()));
    if (this.#lines.length === 1) setImmediate(() => this.#flush());
  };

  /** No more lines come. */
  end(done: () => void): void {
    this.#flush();
    this.#sink.end(done);
  }

  #flush(): void {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    this.#sink.line(lines.join('\n'));
  }
}
