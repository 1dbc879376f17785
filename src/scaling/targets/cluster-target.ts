import type { ClusterStatus, WorkerPhase } from '../../ipc/status.ts';
import type { ScaleTarget, TargetInstance } from './scale-target.ts';

/** What the target needs of the cluster manager. */
export interface WorkerCluster {
  reconcile(desired: number, why: string | null): void;
  status(): ClusterStatus;
}

const PHASES: Readonly<Record<Exclude<WorkerPhase, 'stopped'>, TargetInstance['phase']>> = {
  starting: 'starting',
  ready: 'running',
  draining: 'draining',
  stopping: 'draining',
};

/** The workers of one runtime. Its cluster manager converges by itself. */
export class ClusterTarget implements ScaleTarget {
  readonly kind = 'cluster';
  readonly #cluster: WorkerCluster;

  constructor(cluster: WorkerCluster) {
    this.#cluster = cluster;
  }

  reconcile(desired: number, why: string | null): void {
    this.#cluster.reconcile(desired, why);
  }

  async instances(): Promise<readonly TargetInstance[]> {
    return this.#cluster
      .status()
      .workers.flatMap(({ id, slot, phase, startedAtMs }): TargetInstance[] =>
        phase === 'stopped'
          ? []
          : [
              {
                id: String(id),
                name: `worker ${id}`,
                number: slot + 1,
                phase: PHASES[phase],
                host: null,
                startedAtMs,
              },
            ],
      )
      .sort((left, right) => left.number - right.number);
  }

  async converge(): Promise<void> {}
}
