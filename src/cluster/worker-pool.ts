import { WorkerError } from './worker-error.ts';
import type { WorkerHandle } from './worker-handle.ts';

/** The only registry of workers. It neither forks nor signals. */
export class WorkerPool {
  readonly #workers = new Map<number, WorkerHandle>();

  add(worker: WorkerHandle): void {
    this.#workers.set(worker.id, worker);
  }

  remove(worker: WorkerHandle): void {
    this.#workers.delete(worker.id);
  }

  get(id: number): WorkerHandle | undefined {
    return this.#workers.get(id);
  }

  /** The one that something is asked for. @throws WorkerError */
  demandReady(id: number): WorkerHandle {
    const worker = this.get(id);
    if (worker?.phase === 'ready') return worker;
    if (worker !== undefined) {
      const detail = `Worker ${id} is ${worker.phase}; this can be asked of a ready one only`;
      throw new WorkerError('WORKER_NOT_READY', detail);
    }
    const known = this.ready().map((other) => other.id);
    throw new WorkerError('WORKER_NOT_FOUND', `There is no worker ${id}; ready are: ${known.join(', ') || 'none'}`);
  }

  all(): WorkerHandle[] {
    return [...this.#workers.values()];
  }

  /** Starting or ready. */
  active(): WorkerHandle[] {
    return this.all().filter((worker) => worker.isActive);
  }

  ready(): WorkerHandle[] {
    return this.all().filter((worker) => worker.phase === 'ready');
  }

  /** Whether another worker that starts or serves has its slot. */
  hasSuccessor({ id, slot }: WorkerHandle): boolean {
    return this.active().some((other) => other.slot === slot && other.id !== id);
  }
}
