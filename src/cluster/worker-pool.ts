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

  /** The lowest slot that no active worker and nobody in `reserved` has. */
  freeSlot(reserved: ReadonlySet<number>): number {
    const taken = new Set([...reserved, ...this.active().map((worker) => worker.slot)]);
    let slot = 0;
    while (taken.has(slot)) slot += 1;
    return slot;
  }
}
