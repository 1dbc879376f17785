import { mkdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Recording, RecordingKind, RecordingWish } from '../ipc/recording.ts';
import type { ConnectionAcceptor } from './connection-acceptor.ts';
import { WorkerError } from './worker-error.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { WorkerPool } from './worker-pool.ts';

/** V8's picture of a heap of small objects takes twelve times their size in memory, and twice in the file (Node 20 and 24). */
const SNAPSHOT_MEMORY_FACTOR = 12;
const SNAPSHOT_FILE_FACTOR = 2;
/** Room for the file of a profile, and what a snapshot's takes beside the heap. */
const FILE_BYTES = 64 * 1024 * 1024;
/** How long a worker that is set aside may take to finish its requests and to give its connections away. */
const SETTLE_MS = 2_000;
const LOOK_MS = 50;
const SUFFIXES = { 'cpu-profile': 'cpuprofile', 'heap-snapshot': 'heapsnapshot' } as const satisfies Record<
  RecordingKind,
  string
>;

/** Records what single workers do: into files of the runtime's own directory, which whoever asked takes from there. */
export class Recordings {
  readonly #pool: WorkerPool;
  readonly #acceptor: ConnectionAcceptor;
  readonly #directory: string;
  readonly #moves: boolean;
  readonly #availableBytes: () => number;
  #isFresh = true;
  /** Whose heap snapshot is being written: the others have to serve meanwhile. */
  #standing: WorkerHandle | null = null;
  #files = 0;

  constructor(options: {
    readonly pool: WorkerPool;
    readonly acceptor: ConnectionAcceptor;
    /** For this alone; it is emptied before the first recording. */
    readonly directory: string;
    /** Whether keep-alive connections move between workers. */
    readonly moves: boolean;
    /** Memory that this machine or container has left. */
    readonly availableBytes: () => number;
  }) {
    this.#pool = options.pool;
    this.#acceptor = options.acceptor;
    this.#directory = options.directory;
    this.#moves = options.moves;
    this.#availableBytes = options.availableBytes;
  }

  /**
   * Resolves when the recording is complete; `signal` ends a profile early, with nothing.
   * @throws WorkerError
   */
  async record(id: number, wish: RecordingWish, signal: AbortSignal): Promise<Recording> {
    const worker = this.#pool.demandReady(id);
    this.#demandIdle(worker);
    const rssBytes = worker.sample?.rssBytes ?? 0;
    this.#demandRoom(worker, wish);
    this.#files += 1;
    const fileName = `w${worker.id}-${timeStamp()}.${SUFFIXES[wish.kind]}`;
    const file = path.join(this.#directory, `${this.#files}-${fileName}`);
    const remove = (): void => rmSync(file, { force: true });
    const stop = (): void => worker.recorder.stop();
    const isSnapshot = wish.kind === 'heap-snapshot';
    if (isSnapshot) this.#standing = worker;
    try {
      if (isSnapshot) await this.#setAside(worker);
      if (signal.aborted) throw new Error('it was stopped');
      signal.addEventListener('abort', stop);
      const order = { kind: wish.kind, file, durationMs: wish.durationMs, rssBytes };
      const pausedMs = await worker.recorder.record(order, Date.now());
      return { file, fileName, bytes: statSync(file).size, pausedMs, remove };
    } catch (error) {
      remove();
      if (signal.aborted) throw new WorkerError('RECORDING_STOPPED', 'Nobody waits for the recording any more');
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      if (isSnapshot) this.#takeBack(worker);
    }
  }

  #demandIdle(worker: WorkerHandle): void {
    const kind = this.#standing === worker ? 'heap-snapshot' : worker.recorder.kind;
    if (kind === null) return;
    const message = `A ${kind} of worker ${worker.id} is being recorded; wait until it has ended`;
    throw new WorkerError('RECORDING_RUNNING', message);
  }

  #demandRoom(worker: WorkerHandle, { kind, force }: RecordingWish): void {
    const heapBytes = worker.sample?.heapUsedBytes ?? 0;
    const isSnapshot = kind === 'heap-snapshot';
    if (isSnapshot && this.#standing !== null) {
      const message = `A heap snapshot of worker ${this.#standing.id} is being written; one worker at a time stands still`;
      throw new WorkerError('RECORDING_RUNNING', message);
    }
    const memoryBytes = heapBytes * SNAPSHOT_MEMORY_FACTOR;
    if (isSnapshot && !force && memoryBytes > this.#availableBytes()) {
      const message =
        `A heap snapshot of worker ${worker.id} may take ${megabytes(memoryBytes)} of memory for a heap of ${megabytes(heapBytes)}, ` +
        `and ${megabytes(this.#availableBytes())} are left; "force": true has it written nevertheless`;
      throw new WorkerError('NOT_ENOUGH_MEMORY', message);
    }
    this.#makeDirectory();
    const { bavail, bsize } = statfsSync(this.#directory);
    const fileBytes = FILE_BYTES + (isSnapshot ? heapBytes * SNAPSHOT_FILE_FACTOR : 0);
    if (bavail * bsize < fileBytes) {
      const message = `${megabytes(fileBytes)} of disk are needed, and ${this.#directory} has ${megabytes(bavail * bsize)}; set TIDEGATE_RUNTIME_DIR to where there is room`;
      throw new WorkerError('NO_SPACE', message);
    }
  }

  #makeDirectory(): void {
    // What is there is left over from a primary that was killed.
    if (this.#isFresh) rmSync(this.#directory, { recursive: true, force: true });
    this.#isFresh = false;
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
  }

  /** Before it stands still: others take what is new, and the connections that can move. A worker that is alone goes on. */
  async #setAside(worker: WorkerHandle): Promise<void> {
    const others = this.#pool.ready().filter((other) => other !== worker && other.keys.size > 0 && !other.withheld);
    if (others.length === 0) return;
    worker.aside = true;
    const endMs = Date.now() + SETTLE_MS;
    worker.send({ type: 'share', acceptsPerInterval: 0, intervalMs: 1_000 });
    const left = this.#acceptor.onLeaving(worker) ?? Promise.resolve();
    await Promise.race([left, delay(SETTLE_MS)]);
    for (let round = 0; Date.now() < endMs && worker.phase === 'ready'; round += 1) {
      const { movable, inFlight } = worker.load;
      if ((movable === 0 || !this.#moves) && inFlight === 0 && worker.outbox.length === 0) return;
      // The agent forgets after a while what it could not give; it takes the latest number for each worker.
      if (this.#moves && round % 4 === 0) {
        const count = Math.ceil(movable / others.length);
        for (const { id: to } of others) if (count > 0) worker.send({ type: 'give', to, count });
      }
      await delay(LOOK_MS);
    }
  }

  #takeBack(worker: WorkerHandle): void {
    this.#standing = null;
    const wasAside = worker.aside;
    worker.aside = false;
    if (!wasAside || worker.phase !== 'ready') return;
    worker.send({ type: 'share', acceptsPerInterval: Number.MAX_SAFE_INTEGER, intervalMs: 1_000 });
    this.#acceptor.onBack(worker);
  }
}

/** As file names and headers can have it: `2026-11-21T20-15-00Z`. */
function timeStamp(): string {
  return `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MB`;
}

function delay(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs).unref();
  });
}
