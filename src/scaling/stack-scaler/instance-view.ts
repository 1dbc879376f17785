import type { ClusterStatus, TelemetrySample, WorkerPhase, WorkerStatus } from '../../ipc/status.ts';
import { TotalsLedger } from '../metrics/totals-ledger.ts';
import type { TargetInstance } from '../targets/scale-target.ts';
import { instanceSample } from './instance-sample.ts';

/** What `/cluster/status` of a stack shows of an instance, beside its line among the workers. */
export interface InstanceReport {
  readonly name: string;
  readonly number: number;
  readonly phase: TargetInstance['phase'];
  readonly host: string | null;
  readonly ready: boolean;
  /** Why it told nothing lately; null: it did. */
  readonly trouble: string | null;
  /** Its own, as it last told it; null: it never did. */
  readonly status: ClusterStatus | null;
}

/** One instance: what its target says of it, and what it says of itself. */
export class InstanceView {
  readonly #id: number;
  readonly #ledger = new TotalsLedger();
  readonly #firstSeenMs: number;
  #instance: TargetInstance;
  #status: ClusterStatus | null = null;
  #sample: TelemetrySample | null = null;
  #sampleAtMs: number | null = null;
  /** By the clock of the instance: only its change means something here. */
  #newestSampleMs: number | null = null;
  #readyAtMs: number | null = null;
  #trouble: string | null = null;

  /** @param id unique in the life of this scaler */
  constructor(id: number, instance: TargetInstance, nowMs: number) {
    this.#id = id;
    this.#instance = instance;
    this.#firstSeenMs = nowMs;
  }

  /** Ready workers behind a health check that passes. */
  get ready(): boolean {
    return this.#instance.phase === 'running' && this.#trouble === null && (this.#status?.ready ?? 0) > 0;
  }

  see(instance: TargetInstance): void {
    this.#instance = instance;
  }

  /** What it told, at `nowMs` here. */
  told(status: ClusterStatus, nowMs: number): void {
    // First what fails for a status that is none.
    this.#ledger.fold(status);
    const newestMs = status.workers.reduce<number | null>(
      (newest, { sampleAtMs }) => (sampleAtMs === null ? newest : Math.max(newest ?? 0, sampleAtMs)),
      null,
    );
    if (newestMs !== null && newestMs !== this.#newestSampleMs) {
      this.#newestSampleMs = newestMs;
      this.#sample = instanceSample(status, this.#ledger);
      this.#sampleAtMs = nowMs;
    }
    this.#status = status;
    this.#trouble = null;
    if (this.ready) this.#readyAtMs ??= nowMs;
  }

  /** It did not answer: what it told before stands, and grows old. */
  silent(trouble: string): void {
    this.#trouble = trouble;
  }

  report(): InstanceReport {
    const { name, number, phase, host } = this.#instance;
    return { name, number, phase, host, ready: this.ready, trouble: this.#trouble, status: this.#status };
  }

  /** As one worker of the stack. */
  worker(): WorkerStatus {
    const { number, startedAtMs } = this.#instance;
    return {
      id: this.#id,
      slot: number - 1,
      pid: null,
      phase: this.#phase(),
      generation: 0,
      startedAtMs: startedAtMs ?? this.#firstSeenMs,
      readyAtMs: this.#readyAtMs,
      restarts: this.#status?.workers.reduce((sum, { restarts }) => sum + restarts, 0) ?? 0,
      balanced: true,
      listening: this.#status?.addresses ?? [],
      sample: this.#sample,
      sampleAtMs: this.#sampleAtMs,
      claims: 0,
      ejected: false,
    };
  }

  #phase(): WorkerPhase {
    if (this.#instance.phase === 'draining') return 'draining';
    // One that was ready and is silent for a moment is missed by the age of its figures, not taken for new.
    return this.ready || (this.#readyAtMs !== null && this.#trouble !== null) ? 'ready' : 'starting';
  }
}
