/** What server and page share of the event stream: flat records, the changes between two of them, and how the page takes them in. */

type Plain = string | number | boolean | null;

/** The cluster as a whole; rates and percentiles are of the last seconds, null while there is nothing to tell. */
export interface LiveCluster {
  readonly name: string;
  readonly script: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly addresses: string;
  readonly generation: number;
  readonly desired: number;
  readonly ready: number;
  readonly stopping: boolean;
  readonly frozen: boolean;
  readonly failedStarts: number;
  readonly lastFailure: string | null;
  readonly reloadOutcome: string | null;
  readonly reloadReplaced: number;
  readonly reloadTotal: number;
  readonly reloadDetail: string | null;
  /** Requests completed per second. */
  readonly rate: number | null;
  /** Of them with a 5xx status, 0..1. */
  readonly errorRatio: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  /** Cores in use. */
  readonly cpu: number | null;
  readonly rssBytes: number | null;
  readonly connections: number;
  readonly websockets: number;
  readonly inFlight: number;
  /** Of one worker; 0: none. */
  readonly memoryLimitBytes: number;
  readonly minInstances: number;
  readonly maxInstances: number;
}

export interface LiveWorker {
  readonly id: number;
  readonly slot: number;
  readonly pid: number | null;
  readonly phase: string;
  readonly generation: number;
  readonly startedAtMs: number;
  readonly readyAtMs: number | null;
  readonly restarts: number;
  readonly balanced: boolean;
  readonly ejected: boolean;
  /** What is being recorded of it. */
  readonly recording: string | null;
  readonly listening: string;
  readonly sampleAtMs: number | null;
  readonly elu: number | null;
  readonly cpu: number | null;
  readonly runDelay: number | null;
  readonly rssBytes: number | null;
  readonly heapUsedBytes: number | null;
  readonly loopDelayMs: number | null;
  readonly inFlight: number | null;
  readonly connections: number | null;
  readonly websockets: number | null;
  readonly rate: number | null;
  readonly errorRate: number | null;
}

/** How a worker left; as `DrainReceipt` of the API. */
export interface LiveReceipt {
  readonly workerId: number;
  readonly slot: number;
  readonly pid: number;
  readonly reason: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly openAtStart: number;
  readonly acceptedSince: number;
  readonly finished: number;
  readonly moved: number;
  readonly closedByClient: number;
  readonly cut: number;
  readonly requestsInFlightAtStart: number;
  readonly websocketsClosed: number;
}

/** The data of a `state` event (everything) and of a `change` event (what is different since the one before). */
export interface LiveFrame {
  readonly atMs: number;
  readonly cluster: Partial<LiveCluster>;
  readonly workers: readonly (Partial<LiveWorker> & { readonly id: number })[];
  /** Ids of workers that have left. */
  readonly gone: readonly number[];
  /** Those that are new. */
  readonly receipts: readonly LiveReceipt[];
}

/** What the page knows. `cluster` is null until the first `state` event. */
export interface LiveState {
  readonly atMs: number;
  readonly cluster: LiveCluster | null;
  readonly workers: ReadonlyMap<number, LiveWorker>;
  /** Newest first. */
  readonly receipts: readonly LiveReceipt[];
}

export const NOTHING_LIVE: LiveState = { atMs: 0, cluster: null, workers: new Map(), receipts: [] };
const RECEIPTS_KEPT = 50;

/** The fields of `after` that `before` has not, or has otherwise; null when there is none. */
export function changesOf<T extends object>(before: T | undefined, after: T): Partial<T> | null {
  if (before === undefined) return after;
  const known = before as Readonly<Record<string, Plain>>;
  const changed = Object.entries(after).filter(([name, value]) => known[name] !== value);
  return changed.length === 0 ? null : (Object.fromEntries(changed) as Partial<T>);
}

/** Takes a frame in. A worker that no frame has described is complete in its first one. */
export function withFrame(state: LiveState, frame: LiveFrame): LiveState {
  const workers = new Map(state.workers);
  for (const id of frame.gone) workers.delete(id);
  for (const change of frame.workers) {
    workers.set(change.id, { ...workers.get(change.id), ...change } as LiveWorker);
  }
  const cluster = { ...state.cluster, ...frame.cluster } as LiveCluster;
  const receipts = [...frame.receipts].sort((a, b) => b.startedAtMs - a.startedAtMs);
  return { atMs: frame.atMs, cluster, workers, receipts: [...receipts, ...state.receipts].slice(0, RECEIPTS_KEPT) };
}
