/** Makes of successive cluster statuses the frames of the page's event stream: once for all who watch. */
import type { Config } from '../../../../config/schema.ts';
import type { ClusterStatus, DrainReceipt, WorkerStatus } from '../../../ipc/status.ts';
import { changesOf, type LiveCluster, type LiveFrame, type LiveWorker } from './browser/live-state.ts';
import { RequestWindow, type WorkerRates } from './request-window.ts';

export type LiveLimits = Pick<Config, 'maxMemoryRestartBytes' | 'minInstances' | 'maxInstances'>;

export class LiveFeed {
  readonly #limits: LiveLimits;
  readonly #window = new RequestWindow();
  #cluster: LiveCluster | undefined;
  #workers = new Map<number, LiveWorker>();
  #receipts: readonly DrainReceipt[] = [];

  constructor(limits: LiveLimits) {
    this.#limits = limits;
  }

  /** What is different since the call before. */
  next(status: ClusterStatus, nowMs: number): LiveFrame {
    this.#window.take(status.workers, nowMs);
    const workers = new Map(
      status.workers.map((worker) => [worker.id, liveWorker(worker, this.#window.ratesOf(worker.id))]),
    );
    const cluster = liveCluster(status, this.#window, this.#limits);
    const known = new Set(this.#receipts.map(receiptKey));
    const frame: LiveFrame = {
      atMs: nowMs,
      cluster: changesOf(this.#cluster, cluster) ?? {},
      workers: [...workers.values()].flatMap((worker) => {
        const changes = changesOf(this.#workers.get(worker.id), worker);
        return changes === null ? [] : [{ ...changes, id: worker.id }];
      }),
      gone: [...this.#workers.keys()].filter((id) => !workers.has(id)),
      receipts: status.receipts.filter((receipt) => !known.has(receiptKey(receipt))),
    };
    this.#cluster = cluster;
    this.#workers = workers;
    this.#receipts = status.receipts;
    return frame;
  }

  /** Everything as of the latest `next`, for one who begins to watch. */
  whole(nowMs: number): LiveFrame {
    return {
      atMs: nowMs,
      cluster: this.#cluster ?? {},
      workers: [...this.#workers.values()],
      gone: [],
      receipts: this.#receipts,
    };
  }
}

function receiptKey({ workerId, startedAtMs }: DrainReceipt): string {
  return `${workerId}/${startedAtMs}`;
}

function liveCluster(status: ClusterStatus, window: RequestWindow, limits: LiveLimits): LiveCluster {
  const samples = status.workers.map(({ sample }) => sample).filter((sample) => sample !== null);
  const total = (of: (sample: (typeof samples)[number]) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0);
  const { rate, errorRatio, p50Ms, p95Ms, p99Ms } = window.figures();
  const { reload, crashLoop } = status;
  return {
    name: status.name,
    script: status.script,
    pid: status.pid,
    startedAtMs: status.startedAtMs,
    addresses: status.addresses.join(', '),
    generation: status.generation,
    desired: status.desired,
    ready: status.ready,
    stopping: status.stopping,
    frozen: crashLoop.frozen,
    failedStarts: crashLoop.failedStarts,
    lastFailure: crashLoop.lastFailure,
    reloadOutcome: reload?.outcome ?? null,
    reloadReplaced: reload?.replaced ?? 0,
    reloadTotal: reload?.total ?? 0,
    reloadDetail: reload?.detail ?? null,
    rate: rounded(rate, 1),
    errorRatio: rounded(errorRatio, 5),
    p50Ms: rounded(p50Ms, 2),
    p95Ms: rounded(p95Ms, 2),
    p99Ms: rounded(p99Ms, 2),
    cpu:
      samples.length === 0
        ? null
        : rounded(
            total(({ cpu }) => cpu),
            3,
          ),
    rssBytes: samples.length === 0 ? null : total(({ rssBytes }) => rssBytes),
    connections: total(({ connections }) => connections),
    websockets: total(({ websockets }) => websockets),
    inFlight: total(({ inFlight }) => inFlight),
    memoryLimitBytes: limits.maxMemoryRestartBytes,
    minInstances: limits.minInstances,
    maxInstances: limits.maxInstances,
  };
}

function liveWorker({ sample, listening, ...worker }: WorkerStatus, rates: WorkerRates | undefined): LiveWorker {
  const { id, slot, pid, phase, generation, startedAtMs, readyAtMs, restarts, balanced, ejected, sampleAtMs } = worker;
  return {
    ...{ id, slot, pid, phase, generation, startedAtMs, readyAtMs, restarts, balanced, ejected, sampleAtMs },
    recording: worker.recording ?? null,
    listening: listening.join(', '),
    elu: rounded(sample?.elu, 3),
    cpu: rounded(sample?.cpu, 3),
    runDelay: rounded(sample?.runDelay, 3),
    rssBytes: sample?.rssBytes ?? null,
    heapUsedBytes: sample?.heapUsedBytes ?? null,
    loopDelayMs: rounded(sample?.loopDelayP99Ms, 1),
    inFlight: sample?.inFlight ?? null,
    connections: sample?.connections ?? null,
    websockets: sample?.websockets ?? null,
    rate: rounded(rates?.rate, 1),
    errorRate: rounded(rates?.errorRate, 2),
  };
}

/** Fewer digits, fewer changes to send. */
function rounded(value: number | null | undefined, digits: number): number | null {
  return value === null || value === undefined ? null : Number(value.toFixed(digits));
}
