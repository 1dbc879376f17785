import type { AppReport } from '../ipc/app-metrics.ts';
import type { HandleMessage, ListenQuery, MeterSeries } from '../ipc/protocol.ts';
import type { TelemetrySample } from '../ipc/status.ts';
import type { NativeHandle } from './native.ts';

/** Who keeps the number of workers: hears of the turns in a worker's life. */
export interface LifeObserver<Worker> {
  onReady(worker: Worker): void;
  onListening(worker: Worker): void;
  /** The process has ended, and everything it sent has been read. */
  onStopped(worker: Worker): void;
}

/** Who owns the sockets that workers listen on. */
export interface ListenObserver<Worker> {
  onListen(worker: Worker, request: number, query: ListenQuery): void;
  onUnlisten(worker: Worker, key: string): void;
}

/** Who brings connections to workers. */
export interface MoveObserver<Worker> {
  /** A connection that the worker gives away. */
  onMove(worker: Worker, message: HandleMessage & { type: 'move' }, handle: NativeHandle): void;
}

/** Who wants to know what workers say and do, and changes nothing in their lives. */
export interface WorkerReports {
  onOutput(workerId: number, stream: 'stdout' | 'stderr', chunk: string): void;
  onFault(workerId: number, problem: string): void;
  /** Connections come, go or are used. */
  onActivity(): void;
  /** All meters of a worker (`tidegate/state`, `tidegate/database`), whenever one has changed. */
  onMeters(workerId: number, meters: MeterSeries): void;
  /** Its loop has had no time left for a moment. */
  onSaturated(workerId: number, sample: Omit<TelemetrySample, 'totals'>): void;
  /** What it tells of the app's own metrics and checks. */
  onApp(workerId: number, report: AppReport): void;
  /** A worker begins to use the shared state. */
  onStateNeeded(): void;
}

export interface WorkerObservers<Worker> {
  readonly life: LifeObserver<Worker>;
  readonly listens: ListenObserver<Worker>;
  readonly moves: MoveObserver<Worker>;
  readonly reports: WorkerReports;
}
