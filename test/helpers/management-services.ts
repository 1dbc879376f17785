/** The runtime as the control API sees it, in memory: deterministic, and open to be looked at and changed by tests. */
import { type Config, options } from '../../config/schema.ts';
import { LATENCY_BUCKET_COUNT } from '../../src/ipc/latency-buckets.ts';
import type { ClusterStatus, LogLine, ReloadStatus, TelemetrySample, WorkerStatus } from '../../src/ipc/status.ts';
import type { DecisionRecord } from '../../src/scaling/autoscale/record.ts';
import type {
  AuditEntry,
  ManagementServices,
  PinRefusal,
  PinRequest,
  WorkerControl,
} from '../../src/scaling/management/services.ts';

export const STARTED_AT_MS = 1_700_000_000_000;

/** The defaults of every option, and what the test sets. */
export function testConfig(overrides: Partial<Config> = {}): Config {
  const defaults = Object.fromEntries(Object.entries(options).map(([name, { fallback }]) => [name, fallback]));
  return { ...(defaults as unknown as Config), ...overrides };
}

/** A worker's telemetry after `requests` requests of 4 ms each. */
export function testSample(requests: number): TelemetrySample {
  const latencyCounts = new Array<number>(LATENCY_BUCKET_COUNT).fill(0);
  latencyCounts[16] = requests;
  return {
    periodMs: 1_000,
    elu: 0.25,
    cpu: 0.2,
    runDelay: 0,
    rssBytes: 50_000_000,
    heapUsedBytes: 20_000_000,
    loopDelayP99Ms: 1,
    inFlight: 1,
    connections: 8,
    websockets: 2,
    totals: {
      connectionsAccepted: 10,
      connectionsClosed: 2,
      connectionsMovedIn: 0,
      connectionsMovedOut: 0,
      requestsStarted: requests + 1,
      requestsCompleted: requests,
      requestErrors: 0,
      requestsAborted: 0,
      requests: [['GET', '2xx', 'other', requests]],
      latencyCounts,
      latencySumMs: requests * 4,
    },
  };
}

/** A ready worker; its id is its slot + 1. */
export function testWorker(slot: number, requests = 0): WorkerStatus {
  return {
    id: slot + 1,
    slot,
    pid: 4_000 + slot,
    phase: 'ready',
    generation: 1,
    startedAtMs: STARTED_AT_MS,
    readyAtMs: STARTED_AT_MS + 100,
    restarts: 0,
    balanced: true,
    listening: ['127.0.0.1:3001'],
    sample: testSample(requests),
    sampleAtMs: STARTED_AT_MS + 1_000,
    claims: 0,
    ejected: false,
  };
}

export class MemoryServices implements ManagementServices {
  readonly config: Config;
  readonly version = '0.1.0';
  /** Written by tests, read by `cluster.status()`. */
  state: ClusterStatus;
  readonly pins: PinRequest[] = [];
  readonly auditEntries: AuditEntry[] = [];
  readonly commands: string[] = [];
  readonly lines: LogLine[] = [];
  /** What the next reload does after each step; the default goes on at once. */
  reloadStep: (step: number) => Promise<void> = async () => {};
  restartWork: () => Promise<void> = async () => {};
  exposeWork: () => Promise<string> = async () => '# TYPE tidegate_up gauge\ntidegate_up 1\n';
  /** Single workers, for tests that ask something of them. */
  workers: WorkerControl | undefined;
  healthy = true;
  paused = false;
  openBreakers = new Set(['worker-0']);
  readonly #listeners = new Set<(event: string, data: object) => void>();
  #reloading = false;
  #pin: PinRequest | null = null;

  constructor(overrides: Partial<Config> = {}) {
    this.config = testConfig(overrides);
    this.state = {
      name: 'shop',
      script: 'server.js',
      pid: 3_999,
      startedAtMs: STARTED_AT_MS,
      generation: 1,
      desired: 2,
      ready: 2,
      stopping: false,
      addresses: ['127.0.0.1:3001'],
      workers: [testWorker(0), testWorker(1)],
      receipts: [],
      reload: null,
      crashLoop: { frozen: false, failedStarts: 0, lastHealthyCount: 2, lastFailure: null },
    };
  }

  get subscriberCount(): number {
    return this.#listeners.size;
  }

  emit(event: string, data: object): void {
    for (const listener of this.#listeners) listener(event, data);
  }

  readonly cluster = {
    status: (): ClusterStatus => this.state,
    reload: (by: string): AsyncIterable<ReloadStatus> => this.#reload(by),
    restart: async (by: string): Promise<void> => {
      this.commands.push(`restart by ${by}`);
      await this.restartWork();
    },
    stop: (by: string): void => {
      this.commands.push(`stop by ${by}`);
      this.state = { ...this.state, stopping: true };
    },
    logs: ({ lines, source }: { readonly lines: number; readonly source?: string }): readonly LogLine[] =>
      this.lines.filter((line) => source === undefined || line.source === source).slice(-lines),
  };

  readonly scaler = {
    status: (): object => ({
      desired: this.state.desired,
      limits: { min: this.config.minInstances, max: this.config.maxInstances },
      pin: this.#pin,
      paused: this.paused,
      decisions: this.pins.map((_, index) => this.#record(index + 1)),
    }),
    pin: (request: PinRequest): DecisionRecord | PinRefusal => {
      const { maxInstances } = this.config;
      if (request.instances > maxInstances) {
        const message = `${request.instances} workers asked for, allowed are at most ${maxInstances} (MAX_INSTANCES)`;
        return { refused: true, status: 422, code: 'limit:max', message };
      }
      if (request.instances > 6 && !request.force) {
        return { refused: true, status: 409, code: 'blocked:memory', message: 'memory has room for 6 workers' };
      }
      this.pins.push(request);
      this.#pin = request;
      this.state = { ...this.state, desired: request.instances };
      return this.#record(this.pins.length);
    },
    pause: (): void => {
      this.paused = true;
    },
    resume: (): void => {
      this.paused = false;
      this.#pin = null;
    },
    decision: (id: number | 'last') => {
      const number = id === 'last' ? this.pins.length : id;
      if (number < 1 || number > this.pins.length) return undefined;
      return { record: this.#record(number), explanation: [`Decision ${number} was taken by hand.`] };
    },
  };

  readonly health = {
    health: () => ({ ok: this.healthy, body: { status: this.healthy ? 'ok' : 'critical', version: this.version } }),
    performance: () => ({ merged: { p95Ms: 4 } }),
  };

  readonly metrics = { contentType: 'text/plain; version=0.0.4', expose: () => this.exposeWork() };

  readonly balancer = {
    status: () => ({ mode: 'tcp', policy: this.config.lbAlgorithm }),
    breakers: () => ({ 'worker-0': { state: this.openBreakers.has('worker-0') ? 'open' : 'closed' } }),
    resetBreakers: (name?: string): boolean => {
      if (name !== undefined && name !== 'worker-0') return false;
      this.openBreakers.clear();
      return true;
    },
  };

  readonly audit = { write: (entry: AuditEntry): void => void this.auditEntries.push(entry) };

  readonly events = {
    subscribe: (listener: (event: string, data: object) => void) => {
      this.#listeners.add(listener);
      return () => void this.#listeners.delete(listener);
    },
  };

  #record(id: number): DecisionRecord {
    const { instances, reason } = this.pins[id - 1] as PinRequest;
    const sentence = `Set by hand to ${instances}: ${reason}`;
    // What a record is made of is the scaler's business; to the control API it is JSON.
    return {
      id,
      atMs: STARTED_AT_MS + id,
      action: 'scale-up',
      reason: 'pin',
      desired: instances,
      sentence,
    } as unknown as DecisionRecord;
  }

  async *#reload(by: string): AsyncGenerator<ReloadStatus> {
    if (this.#reloading) throw Object.assign(new Error('A reload is under way'), { code: 'RELOAD_RUNNING' });
    this.#reloading = true;
    this.commands.push(`reload by ${by}`);
    const total = this.state.workers.length;
    const base = { generation: 2, startedAtMs: STARTED_AT_MS, finishedAtMs: null, total, detail: '' };
    try {
      for (let replaced = 0; replaced < total; replaced += 1) {
        yield { ...base, replaced, outcome: 'running' };
        await this.reloadStep(replaced + 1);
      }
      this.state = { ...this.state, generation: 2 };
      const detail = 'The canary was as good as the others';
      yield { ...base, replaced: total, finishedAtMs: STARTED_AT_MS + 1, outcome: 'done', detail };
    } finally {
      this.#reloading = false;
    }
  }
}
