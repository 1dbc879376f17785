import type { ClusterManager } from '../cluster/cluster-manager.ts';
import type { Recordings } from '../cluster/recordings.ts';
import type { Recording, RecordingWish } from '../ipc/recording.ts';
import type { WorkerControl } from '../scaling/management/services.ts';
import type { LogLevel } from './logger.ts';

/** Single workers as the control API sees them. */
export class RuntimeWorkerControl implements WorkerControl {
  readonly #manager: ClusterManager;
  readonly #recordings: Recordings;
  readonly #name: string;
  readonly #log: (level: LogLevel, message: string, fields?: object) => void;

  constructor(options: {
    readonly manager: ClusterManager;
    readonly recordings: Recordings;
    /** Of the instance. */
    readonly name: string;
    readonly log: (level: LogLevel, message: string, fields?: object) => void;
  }) {
    this.#manager = options.manager;
    this.#recordings = options.recordings;
    this.#name = options.name;
    this.#log = options.log;
  }

  restart(id: number, by: string, reason: string): Promise<number> {
    const why = reason === '' ? '' : `: ${reason}`;
    this.#log('info', `worker ${id} is to be replaced (${by}${why})`, { worker: id, by, reason });
    return this.#manager.restartWorker(id);
  }

  async record(id: number, wish: RecordingWish, signal: AbortSignal): Promise<Recording> {
    const recording = await this.#recordings.record(id, wish, signal);
    const { bytes, pausedMs } = recording;
    this.#log('info', `a ${wish.kind} of worker ${id} is written`, { worker: id, bytes, pausedMs });
    return { ...recording, fileName: `${this.#name}-${recording.fileName}` };
  }
}
