import type { Alert } from './alerts/alert.ts';
import type { OverallStatus } from './health/overall.ts';
import type { HealthLevel } from './health/probe-state.ts';
import type { RecoveryRecord } from './health/recovery-log.ts';
import type { ProbeReport } from './health/watch.ts';

/** Something the runtime uses and can do without: when it fails, the runtime is degraded. */
export interface DependencyHealth {
  readonly level: HealthLevel;
  readonly sentence: string;
}

export interface HealthBody {
  readonly status: OverallStatus;
  readonly uptimeSeconds: number;
  readonly memory: {
    /** Of the primary. */
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    /** Of all workers that reported; null until one did. */
    readonly workersRssBytes: number | null;
    readonly machineTotalBytes: number | null;
    readonly machineAvailableBytes: number | null;
  };
  readonly workers: {
    readonly desired: number;
    readonly ready: number;
    readonly starting: number;
    readonly draining: number;
  };
  readonly probes: Readonly<Record<string, ProbeReport>>;
  readonly dependencies: Readonly<Record<string, DependencyHealth | ProbeReport>>;
  /** Those firing. */
  readonly alerts: readonly Alert[];
  readonly recoveries: readonly RecoveryRecord[];
}
