import type { AgentMessage, PrimaryMessage } from '../ipc/protocol.ts';
import type { RecordingKind } from '../ipc/recording.ts';
import { SnapshotMemory } from './snapshot-memory.ts';
import { WorkerError } from './worker-error.ts';

/** A heap snapshot that takes longer is one that hangs: the worker counts as hung again. */
const SNAPSHOT_DEADLINE_MS = 300_000;

interface UnderWay {
  readonly kind: RecordingKind;
  readonly startedAtMs: number;
  readonly done: (pausedMs: number) => void;
  readonly failed: (error: WorkerError) => void;
}

export interface RecordingOrder {
  readonly kind: RecordingKind;
  readonly file: string;
  readonly durationMs: number;
  readonly rssBytes: number;
}

/** The recording of one worker, from the primary's side: one at a time. */
export class WorkerRecorder {
  readonly #send: (message: PrimaryMessage) => void;
  #request = 0;
  #underWay: UnderWay | null = null;
  #memory: SnapshotMemory | null = null;

  constructor(send: (message: PrimaryMessage) => void) {
    this.#send = send;
  }

  /** Null: nothing is being recorded. */
  get kind(): RecordingKind | null {
    return this.#underWay?.kind ?? null;
  }

  /** The worker can't say anything: V8 walks its heap. */
  standsStill(nowMs: number): boolean {
    const { kind, startedAtMs = 0 } = this.#underWay ?? {};
    return kind === 'heap-snapshot' && nowMs - startedAtMs < SNAPSHOT_DEADLINE_MS;
  }

  /** Resolves with how long the worker stood still. @throws WorkerError */
  record({ kind, file, durationMs, rssBytes }: RecordingOrder, nowMs: number): Promise<number> {
    if (this.#underWay !== null) {
      return Promise.reject(new WorkerError('RECORDING_RUNNING', `A ${this.#underWay.kind} of it is being recorded`));
    }
    this.#request += 1;
    if (kind === 'heap-snapshot') this.#memory = new SnapshotMemory(rssBytes);
    const recorded = new Promise<number>((done, failed) => {
      this.#underWay = { kind, startedAtMs: nowMs, done, failed };
    });
    this.#send({ type: 'record', request: this.#request, kind, file, durationMs });
    return recorded;
  }

  /** Nobody waits for it any more: a profile ends now, a heap snapshot can't. */
  stop(): void {
    if (this.#underWay !== null) this.#send({ type: 'stop-recording', request: this.#request });
  }

  onRecorded({ request, problem, pausedMs }: AgentMessage & { readonly type: 'recorded' }): void {
    const underWay = this.#underWay;
    if (underWay === null || request !== this.#request) return;
    this.#underWay = null;
    if (problem === null) underWay.done(pausedMs);
    else underWay.failed(new WorkerError('RECORDING_FAILED', `The worker could not record it: ${problem}`));
  }

  /** The worker's process is gone. */
  onEnd(): void {
    this.#underWay?.failed(new WorkerError('WORKER_ENDED', 'The worker ended before its recording was complete'));
    this.#underWay = null;
  }

  onSample(rssBytes: number): void {
    if (this.#underWay === null) this.#memory?.measured(rssBytes);
  }

  /** Resident memory without what a heap snapshot has left in it. */
  countedRss(rssBytes: number | null): number | null {
    return rssBytes === null || this.#memory === null ? rssBytes : this.#memory.without(rssBytes);
  }
}
