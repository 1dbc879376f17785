import type { ClusterStatus } from '../../ipc/status.ts';
import { NO_TRAFFIC, type TrafficTotals, trafficOf } from './traffic-totals.ts';
import { TrafficWindow } from './traffic-window.ts';

/** The window of percentiles in `/health/performance`. */
export const PERCENTILE_WINDOW_MS = 60_000;
/** The window of the current rate. */
export const RATE_WINDOW_MS = 10_000;

/** The last minute of each living worker and of the whole cluster; the latter with the workers that have gone. */
export class TrafficWindows {
  #workers = new Map<number, TrafficWindow>();
  readonly #cluster: TrafficWindow;

  constructor(nowMs: number) {
    this.#cluster = new TrafficWindow(PERCENTILE_WINDOW_MS, nowMs, NO_TRAFFIC);
  }

  note(nowMs: number, status: ClusterStatus, clusterTraffic: TrafficTotals): void {
    this.#cluster.note(nowMs, clusterTraffic);
    const workers = new Map<number, TrafficWindow>();
    for (const { id, sample, startedAtMs } of status.workers) {
      if (sample === null) continue;
      const window = this.#workers.get(id) ?? new TrafficWindow(PERCENTILE_WINDOW_MS, startedAtMs, NO_TRAFFIC);
      window.note(nowMs, trafficOf(sample.totals));
      workers.set(id, window);
    }
    this.#workers = workers;
  }

  get cluster(): TrafficWindow {
    return this.#cluster;
  }

  /** Undefined: this worker never reported. */
  worker(id: number): TrafficWindow | undefined {
    return this.#workers.get(id);
  }
}
