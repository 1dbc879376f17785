import { cpu } from './cpu.ts';
import { crashLoop } from './crash-loop.ts';
import { eventLoop } from './event-loop.ts';
import { eventLoopUtilization } from './event-loop-utilization.ts';
import { hungWorkers } from './hung-workers.ts';
import { memory } from './memory.ts';
import { metricsMissing } from './metrics-missing.ts';
import type { Probe } from './probe.ts';
import { upstreams } from './upstreams.ts';
import { workerCount } from './worker-count.ts';

export interface ProbeSettings {
  /** HUNG_TIMEOUT_MS. */
  readonly hungTimeoutMs: number;
}

/** Every probe there is, in the order they are shown. A new one is a file and a line here. */
export function allProbes({ hungTimeoutMs }: ProbeSettings): readonly Probe[] {
  return [
    workerCount,
    eventLoop,
    eventLoopUtilization,
    memory,
    cpu,
    crashLoop,
    hungWorkers(hungTimeoutMs),
    metricsMissing,
    upstreams,
  ];
}
