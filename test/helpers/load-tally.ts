/** A request that was not answered as it should. */
export interface Loss {
  /** `END`, `ECONNRESET`, `TIMEOUT`, `STATUS_503`, `BODY`, … */
  readonly code: string;
  readonly message: string;
  /** The worker that answered last on this connection; null when none had. */
  readonly pid: number | null;
  readonly sentAtMs: number;
  readonly lostAtMs: number;
  /** When the connection was made. */
  readonly connectedAtMs: number;
}

/** What clients did and saw. Every request ends up in `responses` or in `losses`. */
export class LoadTally {
  requests = 0;
  responses = 0;
  connects = 0;
  /** Connections that the server ended after it had said `Connection: close`. */
  announcedCloses = 0;
  /** Connections that the server ended without a word, whether or not a request was under way. */
  unannouncedCloses = 0;
  slowestMs = 0;
  readonly losses: Loss[] = [];
  /** Responses by the pid of the worker that gave them, as far as the response tells. */
  readonly workers = new Map<number, number>();

  /** A valid response that was sent for at `sentAtMs`. */
  answered(sentAtMs: number, pid: number | null): void {
    this.responses += 1;
    this.slowestMs = Math.max(this.slowestMs, Date.now() - sentAtMs);
    if (pid !== null) this.workers.set(pid, (this.workers.get(pid) ?? 0) + 1);
  }

  /** Losses by code. */
  get failures(): Readonly<Record<string, number>> {
    const byCode: Record<string, number> = {};
    for (const { code } of this.losses) byCode[code] = (byCode[code] ?? 0) + 1;
    return byCode;
  }

  /** One line for messages. */
  toString(): string {
    const { requests, responses, connects, unannouncedCloses, slowestMs } = this;
    const failures = Object.entries(this.failures).map(([code, count]) => `${code} ${count}`);
    const first = this.losses[0]?.message ?? '';
    return `${requests} requests, ${responses} answered, ${connects} connections, ${unannouncedCloses} closed by the server, slowest ${slowestMs} ms, failures: ${failures.join(', ') || 'none'} ${first}`;
  }
}
