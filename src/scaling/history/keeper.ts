import type { ClusterStatus } from '../../ipc/status.ts';
import { keyMatches } from '../alerts/silences.ts';
import type { Observation } from '../autoscale/observation.ts';
import { historyFigures, mergeOf, WORKER_PREFIX } from './figures.ts';
import { History, type HistoryAnswer, type HistoryQuery } from './history.ts';
import { HistoryFile } from './history-file.ts';

export interface HistoryKeeperOptions {
  /** HISTORY_FILE; empty: in memory alone. */
  readonly path: string;
  readonly log: (level: 'info' | 'warn', message: string) => void;
}

const SAVE_EVERY_MS = 60_000;

/** Fills the history round by round, and has it written once a minute where it is kept on disk. */
export class HistoryKeeper {
  readonly #history = new History(mergeOf);
  readonly #file: HistoryFile | null;
  #loaded: Promise<void> | null = null;
  #isLoaded: boolean;
  #savedAtMs = Number.NaN;

  constructor({ path, log }: HistoryKeeperOptions) {
    this.#file = path === '' ? null : new HistoryFile({ path, history: this.#history, log });
    this.#isLoaded = this.#file === null;
  }

  /** One round. The past is read first; rounds that come before it is there are left out. */
  note(observation: Observation, status: ClusterStatus): void {
    const { atMs } = observation;
    if (!this.#isLoaded) {
      this.#loaded ??= this.#load(atMs);
      return;
    }
    this.#history.note(atMs, historyFigures(observation, status, process.memoryUsage.rss()));
    if (this.#file === null) return;
    // Also where the clock went back.
    if (!(this.#savedAtMs <= atMs)) this.#savedAtMs = atMs;
    if (atMs - this.#savedAtMs < SAVE_EVERY_MS) return;
    this.#savedAtMs = atMs;
    void this.#file.save();
  }

  /** @param names patterns with `*`; undefined: all figures of the whole, none of single workers */
  query(query: Omit<HistoryQuery, 'names'>, names?: readonly string[]): HistoryAnswer {
    const wanted = this.#history.names.filter((name) =>
      names === undefined ? !name.startsWith(WORKER_PREFIX) : names.some((pattern) => keyMatches(pattern, name)),
    );
    return this.#history.query({ ...query, names: wanted });
  }

  /** Writes the rest. */
  async close(): Promise<void> {
    await this.#loaded;
    if (this.#isLoaded) await this.#file?.close();
  }

  async #load(nowMs: number): Promise<void> {
    await this.#file?.load(nowMs);
    this.#isLoaded = true;
  }
}
