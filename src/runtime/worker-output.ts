import { LineSplitter } from './line-splitter.ts';
import type { LogRing } from './log-ring.ts';
import type { Log } from './logger.ts';

/** What workers print: line by line into the log and the ring. */
export class WorkerOutput {
  readonly #log: Log;
  readonly #ring: LogRing;
  readonly #lines = new LineSplitter();

  constructor(log: Log, ring: LogRing) {
    this.#log = log;
    this.#ring = ring;
  }

  write(workerId: number, stream: 'stdout' | 'stderr', chunk: string): void {
    const source = `w${workerId}`;
    for (const text of this.#lines.push(`${source} ${stream}`, chunk)) this.#print(source, stream, text);
  }

  /** The worker has ended: what it left without a line end is a line. */
  end(workerId: number): void {
    const source = `w${workerId}`;
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#lines.end(`${source} ${stream}`);
      if (rest !== null) this.#print(source, stream, rest);
    }
  }

  #print(source: string, stream: 'stdout' | 'stderr', text: string): void {
    this.#ring.add({ atMs: Date.now(), source, stream, text });
    this.#log.workerLine(source, stream, text);
  }
}
