/** What one decision sees. Plain data: recorded observations replay to the same decisions. */

export interface WorkerObservation {
  readonly id: number;
  readonly phase: 'starting' | 'ready' | 'draining';
  readonly readyAtMs: number | null;
  /** When its process was started; missing where nobody noted it. */
  readonly startedAtMs?: number;
  /** Age of the figures below; null: this worker never reported. */
  readonly sampleAgeMs: number | null;
  readonly figures: WorkerFigures | null;
}

export interface WorkerFigures {
  /** Event-loop utilization, 0..1. */
  readonly elu: number;
  /** 1 = one core. */
  readonly cpu: number;
  /** Share of time runnable without a core, 0..1; null where the kernel does not tell. */
  readonly runDelay: number | null;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly loopDelayP99Ms: number;
  readonly inFlight: number;
}

export interface MachineObservation {
  /** Cores, or the cgroup's quota in cores; may be fractional. */
  readonly cores: number;
  /** 0..1 over all cores; null: unknown. */
  readonly cpuUtilization: number | null;
  /** Of the machine or the cgroup, whichever is tighter. */
  readonly totalMemoryBytes: number;
  readonly availableMemoryBytes: number | null;
}

/** Requests of all workers since the previous observation. */
export interface TrafficObservation {
  readonly intervalMs: number;
  readonly started: number;
  readonly completed: number;
  /** 5xx among the completed. */
  readonly errors: number;
  /** Ascending inclusive bounds in ms; `latencyCounts` has one entry more, for what is above. */
  readonly latencyBoundsMs: readonly number[];
  readonly latencyCounts: readonly number[];
}

export interface Observation {
  readonly atMs: number;
  /** Workers wanted when this was observed. */
  readonly desired: number;
  readonly workers: readonly WorkerObservation[];
  readonly machine: MachineObservation;
  /** Requests or connections that no worker has taken yet; missing where nobody counts them. */
  readonly queued?: number;
  /** Null: the figures of the interval are missing. */
  readonly traffic: TrafficObservation | null;
  readonly crashLoop: { readonly frozen: boolean; readonly lastHealthyCount: number };
  readonly reloading: boolean;
  /** Leases, 0..1; null where they are not used. */
  readonly capacityUtilization: number | null;
  readonly bandwidthUtilization: number | null;
  /** Gauges that the app registered, by name. */
  readonly custom: Readonly<Record<string, number>>;
  /** Of an observation before its time: for how long the loops that brought it about have been saturated. */
  readonly saturatedMs?: number;
}
