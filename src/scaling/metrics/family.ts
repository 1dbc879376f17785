/** What a metric is, for the families beside this file and the table that lists them. */
import type { ClusterStatus } from '../../ipc/status.ts';
import type { AlertsReport } from '../alerts/alert-dispatcher.ts';
import type { HealthLevel } from '../health/probe-state.ts';
import type { DeviceFigures } from '../machine/host-devices.ts';
import type { ProcessFigures } from '../machine/process-usage.ts';
import type { MachineFigures } from '../machine.ts';
import type { DrainLedger } from './drain-ledger.ts';
import type { MeterLedger } from './meter-ledger.ts';
import type { RestartLedger } from './restart-ledger.ts';
import type { ScalingCounts } from './scaling-counts.ts';
import type { TotalsLedger } from './totals-ledger.ts';

export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface MetricPoint {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string | number>>;
  /** Of a histogram's parts: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** One metric. Its points are read at the scrape; a figure that is unknown has no point, never a 0. */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labels: readonly string[];
  /** How workers, or the processes of one slot, are merged into a point. */
  readonly merge: string;
  readonly read: (sources: MetricSources) => readonly MetricPoint[];
}

export interface BreakerFigures {
  readonly name: string;
  readonly state: 'closed' | 'half-open' | 'open';
}

/** The primary's own process. */
export interface OwnProcess {
  /** Undefined where the operating system does not tell. */
  readonly figures: ProcessFigures | undefined;
  readonly heapUsedBytes: number;
  /** Event-loop utilization since the previous scrape, 0..1. */
  readonly elu: number;
}

/** Everything a scrape reads from, as of the scrape. */
export interface MetricSources {
  /** Epoch milliseconds of the scrape. */
  readonly nowMs: number;
  readonly status: ClusterStatus;
  readonly totals: TotalsLedger;
  readonly restarts: RestartLedger;
  readonly drains: DrainLedger;
  readonly meters: MeterLedger;
  readonly scaling: ScalingCounts;
  readonly processFigures: (pid: number) => ProcessFigures | undefined;
  readonly machine: MachineFigures | null;
  readonly devices: DeviceFigures;
  readonly own: OwnProcess;
  readonly probes: ReadonlyMap<string, HealthLevel>;
  readonly breakers: readonly BreakerFigures[];
  readonly alerts: Pick<AlertsReport, 'active' | 'channels'>;
  readonly build: { readonly version: string; readonly node: string };
}

/** A point without labels, or none when the figure is unknown. */
export function single(value: number | null | undefined): readonly MetricPoint[] {
  return value === null || value === undefined ? [] : [{ value }];
}
