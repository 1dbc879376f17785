import type { CallOptions, Unsubscribe } from '../../shared-state.ts';
import type { Attempt, DriverWorker, JobDriver, WorkOptions } from '../driver.ts';
import type { JobEvent, JobSnapshot, JobStats } from '../job.ts';
import type { NewJob } from '../job-options.ts';
import type { BoardConnection } from './board-client.ts';
import { BoardClient } from './board-client.ts';
import { eventChannel } from './board-wire.ts';
import { EmbeddedWorker } from './embedded-worker.ts';

/** Jobs on the machine's board: they live as long as the process that keeps the embedded store. */
export class EmbeddedDriver implements JobDriver {
  readonly kind = 'embedded';
  readonly #queue: string;
  readonly #board: BoardClient;

  constructor(queue: string, connection: BoardConnection) {
    this.#queue = queue;
    this.#board = new BoardClient(connection, queue);
  }

  async add({ data, ...job }: NewJob, options: CallOptions): Promise<void> {
    await this.#board.call('add', { job: { ...job, data: JSON.stringify(data) } }, options);
  }

  async get(id: string, options: CallOptions): Promise<JobSnapshot | undefined> {
    const view = await this.#board.call('get', { id }, options);
    if (view === null) return undefined;
    return { ...view, data: JSON.parse(view.data), progress: parsed(view.progress), result: parsed(view.result) };
  }

  cancel(id: string, options: CallOptions): Promise<boolean> {
    return this.#board.call('cancel', { id }, options);
  }

  stats(options: CallOptions): Promise<JobStats> {
    return this.#board.call('stats', {}, options);
  }

  listen(listener: (event: JobEvent) => void): Promise<Unsubscribe> {
    return this.#board.subscribe(eventChannel(this.#queue), (message) => listener(JSON.parse(message.toString())));
  }

  work(attempt: Attempt, options: WorkOptions): DriverWorker {
    return new EmbeddedWorker(this.#queue, this.#board, attempt, options);
  }

  /** The connection is the app's. */
  async close(): Promise<void> {}
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}
