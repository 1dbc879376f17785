/**
 * What the control API needs of the rest of the runtime, as narrow interfaces: the composition root (`src/runtime`) provides them,
 * tests provide small real objects. Everything returned is JSON-ready.
 */
import type { Config, Role } from '../../../config/schema.ts';
import type { Recording, RecordingWish } from '../../ipc/recording.ts';
import type { ClusterStatus, LogLine, ReloadStatus } from '../../ipc/status.ts';
import type { TestResult } from '../alerts/alert.ts';
import type { AlertsReport } from '../alerts/alert-dispatcher.ts';
import type { Silence, SilenceRequest } from '../alerts/silences.ts';
import type { DecisionRecord } from '../autoscale/record.ts';
import type { Capacity } from '../fleet/capacity.ts';
import type { RegistrationRequest } from '../fleet/fleet.ts';
import type { FleetStats, ServerView } from '../fleet/fleet-stats.ts';
import type { LeaseView } from '../fleet/lease-record.ts';
import type { FleetServer } from '../fleet/server.ts';
import type { LeaseRequest } from '../fleet/wish.ts';
import type { HistoryAnswer, HistoryQuery } from '../history/history.ts';
import type { MemoryTrend } from '../memory-trends.ts';

export interface ClusterControl {
  status(): ClusterStatus;
  /** Rolling reload; yields progress, ends with outcome done or failed. Throws `RELOAD_RUNNING` when one is under way. */
  reload(by: string): AsyncIterable<ReloadStatus>;
  /** Replaces all workers at once, without a canary; resolves when the new ones are ready. */
  restart(by: string): Promise<void>;
  /** Drains and ends the whole runtime; returns at once. */
  stop(by: string): void;
  logs(query: { readonly lines: number; readonly source?: string }): readonly LogLine[];
}

/** What can be asked of single workers. Methods throw errors with the codes of `src/cluster/worker-error.ts`, or RELOAD_RUNNING. */
export interface WorkerControl {
  /** Replaces one worker; resolves with the id of the new one, which is ready. */
  restart(id: number, by: string, reason: string): Promise<number>;
  /** Resolves when the recording is complete; `signal` ends it early. */
  record(id: number, wish: RecordingWish, signal: AbortSignal): Promise<Recording>;
}

/** A manual scaling, validated. Exactly one of `forMs` (null = until resume). */
export interface PinRequest {
  readonly instances: number;
  readonly reason: string;
  readonly forMs: number | null;
  readonly force: boolean;
  readonly by: string;
}

/** A guard's or limit's refusal: `status` is 409 or 422, `code` a stable word, `message` says what would be allowed. */
export interface PinRefusal {
  readonly refused: true;
  readonly status: 409 | 422;
  readonly code: string;
  readonly message: string;
}

export interface ScalerControl {
  /**
   * The body of GET /scaling/status. The dashboard and the audit log read in it `desired`, `pin` (PinState or null),
   * `paused` (PauseState or null) and `decisions` (DecisionRecords).
   */
  status(): object;
  pin(request: PinRequest): DecisionRecord | PinRefusal;
  pause(by: string, reason: string): void;
  /** Ends pause and pin. */
  resume(by: string): void;
  decision(
    id: number | 'last',
  ): { readonly record: DecisionRecord; readonly explanation: readonly string[] } | undefined;
}

export interface HealthView {
  /** `ok` decides between 200 and 503. The body is served as it is. */
  health(): { readonly ok: boolean; readonly body: object };
  /** The body of GET /health/performance. */
  performance(): object;
}

export interface MetricsView {
  readonly contentType: string;
  expose(): Promise<string>;
}

export interface AlertControl {
  /** The body of GET /alerts. */
  report(): AlertsReport;
  /** @throws TooManySilencesError */
  silence(request: SilenceRequest): Silence;
  /** Undefined: there is no such silence. */
  endSilence(id: string): Silence | undefined;
  /** Sends a test alert to one channel, or to all. */
  test(channel: string | undefined): Promise<readonly TestResult[]>;
}

export interface HistoryView {
  /** @param names patterns with `*`; undefined: all figures of the whole, none of single workers */
  query(query: Omit<HistoryQuery, 'names'>, names?: readonly string[]): HistoryAnswer;
}

export interface BalancerView {
  /** The body of GET /loadbalancer/status. */
  status(): object;
  /** Every breaker by name. */
  breakers(): object;
  /** False: no breaker of that name. Without a name: all. */
  resetBreakers(name?: string): boolean;
}

/** The servers of the fleet. Methods throw FleetErrors and StateErrors. */
export interface FleetControl {
  getFleetStats(): Promise<FleetStats>;
  getServer(id: string): Promise<ServerView | undefined>;
  /** `created` false: it was there and its time began anew. */
  registerServer(request: RegistrationRequest): Promise<{ readonly created: boolean; readonly server: ServerView }>;
  removeServer(id: string): Promise<FleetServer>;
}

export interface CapacityControl {
  getCapacity(): Promise<Capacity>;
}

/** Capacity leases. Methods throw FleetErrors and StateErrors. */
export interface LeaseControl {
  /** `created` false: an earlier request of the same id had made it. */
  create(request: LeaseRequest): Promise<{ readonly created: boolean; readonly lease: LeaseView }>;
  connect(id: string): Promise<LeaseView>;
  heartbeat(id: string): Promise<LeaseView>;
  disconnect(id: string): Promise<LeaseView>;
  get(id: string): Promise<LeaseView | undefined>;
}

/** How the workers' memory grows. */
export interface MemoryView {
  readonly limitBytes: number | null;
  trends(): readonly MemoryTrend[];
}

export interface RedisView {
  /** The body of GET /redis/status, as of now. */
  status(): object | Promise<object>;
}

/** One audited change; `before` and `after` are small JSON values. */
export interface AuditEntry {
  readonly atMs: number;
  readonly who: string;
  readonly role: Role;
  readonly from: string;
  readonly action: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface AuditLog {
  write(entry: AuditEntry): void;
}

/** The data of a `sample` event: one observation. The event stream makes of it what the dashboard draws. */
export interface SampleEvent {
  readonly atMs: number;
  readonly cluster: ClusterStatus;
}

/**
 * The data of the other events: `decision` a DecisionRecord, `worker` a WorkerStatus, `alert` an object with a `message` for people.
 */
export interface EventSource {
  /** Calls `listener` for each event (`sample`, `decision`, `worker`, `alert`) until the returned function is called. */
  subscribe(listener: (event: string, data: object) => void): () => void;
}

export interface ManagementServices {
  readonly config: Config;
  readonly version: string;
  readonly cluster: ClusterControl;
  readonly scaler: ScalerControl;
  readonly health: HealthView;
  readonly metrics: MetricsView;
  readonly balancer: BalancerView;
  readonly audit: AuditLog;
  readonly events: EventSource;
  /** Those that are missing are not in use, and their routes say so. */
  readonly fleet?: FleetControl | undefined;
  readonly capacity?: CapacityControl | undefined;
  readonly leases?: LeaseControl | undefined;
  readonly redis?: RedisView | undefined;
  readonly memory?: MemoryView | undefined;
  readonly workers?: WorkerControl | undefined;
  readonly alerts?: AlertControl | undefined;
  readonly history?: HistoryView | undefined;
}
