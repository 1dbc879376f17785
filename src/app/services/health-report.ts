/** What the app says of its own process: `/health` and `/health/performance`. */
import type { EventLoopMeter, EventLoopReading } from './event-loop-meter.ts';
import type { LatencySummary, LatencyWindow } from './latency-window.ts';
import { type ProcessMode, processMode, type WorkerIdentity } from './worker-identity.ts';

export interface MemoryReport {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly externalBytes: number;
}

export interface HealthReport {
  /** `stopping` from the stop signal on: a balancer should look for another process. */
  readonly status: 'ok' | 'stopping';
  readonly uptimeSeconds: number;
  readonly memory: MemoryReport;
  readonly worker: WorkerIdentity;
}

export interface PerformanceReport {
  readonly mode: ProcessMode;
  /** What the figures cover, in words. */
  readonly scope: string;
  readonly worker: WorkerIdentity;
  readonly uptimeSeconds: number;
  readonly latency: LatencySummary;
  readonly eventLoop: EventLoopReading;
  readonly memory: MemoryReport;
}

const SCOPES: Record<ProcessMode, string> = {
  'cluster-worker': 'this worker only; the control API has all workers, each and merged',
  'single-process': 'the whole app: it runs as a single process, without a cluster',
};

/** What the reports are made of; functions, so that each report reads the process anew. */
export interface ProcessProbes {
  readonly uptimeSeconds: () => number;
  readonly memory: () => Pick<NodeJS.MemoryUsage, 'rss' | 'heapUsed' | 'heapTotal' | 'external'>;
  readonly stopping: () => boolean;
}

export class HealthReporter {
  readonly #worker: WorkerIdentity;
  readonly #probes: ProcessProbes;
  readonly #latencies: LatencyWindow;
  readonly #eventLoop: EventLoopMeter;

  constructor(worker: WorkerIdentity, probes: ProcessProbes, latencies: LatencyWindow, eventLoop: EventLoopMeter) {
    this.#worker = worker;
    this.#probes = probes;
    this.#latencies = latencies;
    this.#eventLoop = eventLoop;
  }

  health(): HealthReport {
    return {
      status: this.#probes.stopping() ? 'stopping' : 'ok',
      uptimeSeconds: this.#uptimeSeconds(),
      memory: this.#memory(),
      worker: this.#worker,
    };
  }

  performance(nowMs: number): PerformanceReport {
    const mode = processMode(this.#worker);
    return {
      mode,
      scope: SCOPES[mode],
      worker: this.#worker,
      uptimeSeconds: this.#uptimeSeconds(),
      latency: this.#latencies.summary(nowMs),
      eventLoop: this.#eventLoop.read(nowMs),
      memory: this.#memory(),
    };
  }

  #uptimeSeconds(): number {
    return Math.round(this.#probes.uptimeSeconds() * 10) / 10;
  }

  #memory(): MemoryReport {
    const { rss, heapUsed, heapTotal, external } = this.#probes.memory();
    return { rssBytes: rss, heapUsedBytes: heapUsed, heapTotalBytes: heapTotal, externalBytes: external };
  }
}
