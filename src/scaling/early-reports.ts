import { isEarlyRoundDue } from '../ipc/early-report.ts';
import type { TelemetrySample, WorkerStatus } from '../ipc/status.ts';

type Figures = Omit<TelemetrySample, 'totals'>;

interface EarlyReport {
  readonly atMs: number;
  readonly figures: Figures;
}

/** What saturated workers said before their second was over. Each holds until the worker's next regular report. */
export class EarlyReports {
  readonly #byWorker = new Map<number, EarlyReport>();
  #roundAtMs = 0;

  note(workerId: number, figures: Figures, atMs: number): void {
    this.#byWorker.set(workerId, { atMs, figures });
  }

  /**
   * Whether they are worth a round now; if so, the next one is not before a while.
   * @param workers all that there are; what others have said is forgotten
   */
  isRoundDue(workers: readonly WorkerStatus[], nowMs: number): boolean {
    const ready = workers.filter(({ phase }) => phase === 'ready');
    const elus = ready.flatMap((worker) => this.of(worker)?.figures.elu ?? worker.sample?.elu ?? []);
    const ids = new Set(workers.map(({ id }) => id));
    for (const id of this.#byWorker.keys()) if (!ids.has(id)) this.#byWorker.delete(id);
    if (!isEarlyRoundDue(elus, nowMs - this.#roundAtMs)) return false;
    this.#roundAtMs = nowMs;
    return true;
  }

  /** What the worker has said since its latest regular report; undefined: nothing. */
  of({ id, sampleAtMs }: Pick<WorkerStatus, 'id' | 'sampleAtMs'>): EarlyReport | undefined {
    const report = this.#byWorker.get(id);
    return report !== undefined && report.atMs > (sampleAtMs ?? 0) ? report : undefined;
  }

  /** For how long the loops of these workers have been saturated, at most, as of what they said. */
  saturatedMs(workers: readonly WorkerStatus[]): number {
    return Math.max(0, ...workers.map((worker) => this.of(worker)?.figures.periodMs ?? 0));
  }
}
