import type { ClusterManager } from '../cluster/cluster-manager.ts';
import type { ClusterStatus, LogLine, ReloadStatus } from '../ipc/status.ts';
import type { ClusterControl } from '../scaling/management/services.ts';
import type { LogRing } from './log-ring.ts';

/** The cluster as the control API sees it. */
export class RuntimeClusterControl implements ClusterControl {
  readonly #manager: ClusterManager;
  readonly #logs: LogRing;
  readonly #stop: (by: string) => void;

  constructor(manager: ClusterManager, logs: LogRing, stop: (by: string) => void) {
    this.#manager = manager;
    this.#logs = logs;
    this.#stop = stop;
  }

  status(): ClusterStatus {
    return this.#manager.status();
  }

  /** The reload runs to its end whether or not somebody goes on reading its progress. */
  reload(): AsyncIterable<ReloadStatus> {
    const progress = new Progress<ReloadStatus>();
    this.#manager
      .reload((status) => progress.push(status))
      .then(
        () => progress.end(null),
        (error: Error) => progress.end(error),
      );
    return progress;
  }

  restart(): Promise<void> {
    return this.#manager.restart();
  }

  stop(by: string): void {
    this.#stop(by);
  }

  logs(query: { readonly lines: number; readonly source?: string }): readonly LogLine[] {
    return this.#logs.last(query);
  }
}

/** Values pushed by one side, read by another in its own time. */
class Progress<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #ended = false;
  #error: Error | null = null;
  #wake: () => void = () => {};

  push(value: T): void {
    this.#values.push(value);
    this.#wake();
  }

  end(error: Error | null): void {
    this.#ended = true;
    this.#error = error;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const value = this.#values.shift();
      if (value !== undefined) yield value;
      else if (this.#error !== null) throw this.#error;
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
