/** Which of the app's processes this is. */

export interface WorkerIdentity {
  /** Place among the workers, 0..; a replacement inherits it. Null without a process manager. */
  readonly slot: number | null;
  /** Number given by node:cluster, new for each process. Null outside a cluster. */
  readonly id: number | null;
  readonly pid: number;
}

export type ProcessMode = 'cluster-worker' | 'single-process';

export interface ProcessFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `cluster.worker?.id` */
  readonly clusterWorkerId: number | undefined;
  readonly pid: number;
}

/** The slot comes from NODE_APP_INSTANCE, the variable PM2 introduced and Tidegate sets too. */
export function identifyWorker(facts: ProcessFacts): WorkerIdentity {
  const instance = facts.env.NODE_APP_INSTANCE ?? '';
  return {
    slot: /^\d{1,6}$/.test(instance) ? Number(instance) : null,
    id: facts.clusterWorkerId ?? null,
    pid: facts.pid,
  };
}

export function processMode(worker: WorkerIdentity): ProcessMode {
  return worker.id === null ? 'single-process' : 'cluster-worker';
}

/** For people: `worker 2 (pid 4711)`, or `single process (pid 4711)`. */
export function describeWorker(worker: WorkerIdentity): string {
  if (processMode(worker) === 'single-process') return `single process (pid ${worker.pid})`;
  return `worker ${worker.slot ?? worker.id} (pid ${worker.pid})`;
}
