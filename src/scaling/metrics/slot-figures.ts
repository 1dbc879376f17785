import type { ClusterStatus, TelemetrySample, WorkerStatus } from '../../ipc/status.ts';
import type { MetricPoint } from './family.ts';

/** The processes of each slot that still live: two during a replacement, the old one and the new. */
export function processesBySlot(status: ClusterStatus): ReadonlyMap<number, readonly WorkerStatus[]> {
  const slots = new Map<number, WorkerStatus[]>();
  for (const worker of [...status.workers].sort((left, right) => left.slot - right.slot)) {
    if (worker.phase === 'stopped') continue;
    slots.set(worker.slot, [...(slots.get(worker.slot) ?? []), worker]);
  }
  return slots;
}

/** One point per slot that has the figure: its processes' figures, added (`sum`) or the worst of them (`max`). */
export function perSlot(
  status: ClusterStatus,
  how: 'sum' | 'max',
  figure: (sample: TelemetrySample | null, worker: WorkerStatus) => number | null | undefined,
): readonly MetricPoint[] {
  const points: MetricPoint[] = [];
  for (const [slot, workers] of processesBySlot(status)) {
    const values = workers
      .map((worker) => figure(worker.sample, worker))
      .filter((value) => value !== null && value !== undefined);
    if (values.length === 0) continue;
    const value = how === 'sum' ? values.reduce((total, one) => total + one, 0) : Math.max(...values);
    points.push({ labels: { worker: slot }, value });
  }
  return points;
}
