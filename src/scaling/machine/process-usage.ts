/** CPU and memory of processes as the operating system sees them: for workers whose agent is silent, and for the primary itself. */
import type pidusage from 'pidusage';

export interface ProcessFigures {
  /** Since the previous look at this process, or since its start; 1 = one core. */
  readonly cpu: number;
  readonly rssBytes: number;
  /** CPU time since its start. */
  readonly cpuTimeMs: number;
  readonly uptimeMs: number;
}

type ReadProcesses = (pids: number[]) => Promise<Readonly<Record<string, pidusage.Status | undefined>>>;

export interface ProcessUsageOptions {
  /** By default pidusage, loaded when it is first needed. */
  readonly readProcesses?: ReadProcesses;
}

/** Where pidusage has to fork (macOS, BSD, Windows) one batch takes 10 ms and more. */
const BATCH_EVERY_MS = 5_000;
/** Older figures are not shown: the process may be gone. */
const KEPT_MS = 3 * BATCH_EVERY_MS;

async function readWithPidusage(pids: number[]): ReturnType<ReadProcesses> {
  const { default: read } = await import('pidusage');
  return read(pids);
}

export class ProcessUsage {
  readonly #read: ReadProcesses;
  #batchAtMs = Number.NEGATIVE_INFINITY;
  #batch: Promise<void> | null = null;
  #figures = new Map<number, { readonly figures: ProcessFigures; readonly atMs: number }>();

  constructor({ readProcesses = readWithPidusage }: ProcessUsageOptions = {}) {
    this.#read = readProcesses;
  }

  /**
   * Has these processes looked at in the background, in one batch, at most every 5 s.
   * Resolves when the figures are there (or at once if it is too early); never rejects: a process that is gone has no figures.
   */
  refresh(pids: readonly number[], nowMs: number): Promise<void> {
    if (this.#batch !== null) return this.#batch;
    if (pids.length === 0 || nowMs - this.#batchAtMs < BATCH_EVERY_MS) return Promise.resolve();
    this.#batchAtMs = nowMs;
    this.#batch = this.#readAll(pids)
      .then((figures) => {
        this.#figures = new Map([...figures].map(([pid, value]) => [pid, { figures: value, atMs: nowMs }]));
      })
      .finally(() => {
        this.#batch = null;
      });
    return this.#batch;
  }

  /** What the latest batch said of this process, unless it is older than 15 s. */
  latest(pid: number, nowMs: number): ProcessFigures | undefined {
    const entry = this.#figures.get(pid);
    return entry === undefined || nowMs - entry.atMs > KEPT_MS ? undefined : entry.figures;
  }

  /** Looks at one process now. */
  async read(pid: number): Promise<ProcessFigures | undefined> {
    return (await this.#readAll([pid])).get(pid);
  }

  async #readAll(pids: readonly number[]): Promise<Map<number, ProcessFigures>> {
    const found = new Map<number, ProcessFigures>();
    try {
      const answer = await this.#read([...pids]);
      for (const pid of pids) {
        const status = answer[pid];
        if (status === undefined || status === null) continue;
        found.set(pid, {
          cpu: status.cpu / 100,
          rssBytes: status.memory,
          cpuTimeMs: status.ctime,
          uptimeMs: status.elapsed,
        });
      }
    } catch {
      // All of them are gone, or this system can't tell: no figures.
    }
    return found;
  }
}
