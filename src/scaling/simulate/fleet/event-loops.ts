import { latencyBucketIndex } from '../../../ipc/latency-buckets.ts';
import type { Arrivals } from '../load/arrivals.ts';
import type { ServiceProfile } from '../load/profile.ts';
import { ABANDON_MS, type Tally } from '../results/tally.ts';
import type { Dispatcher } from './dispatcher.ts';
import { IoHeap } from './io-heap.ts';
import type { SimWorker } from './sim-worker.ts';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * All event loops on their cores: requests come, are worked on one at a time per loop, wait, and are answered. Cores are shared as
 * egalitarian processor sharing has it (Kleinrock 1967): with more busy loops than cores each gets an equal part. As
 * all busy loops then advance alike, one clock of the cores (`V`) serves them all, and the next completion is the smallest `doneV`.
 */
export class EventLoops {
  nowMs = 0;
  nowV = 0;
  /** Milliseconds of core used by all loops together. */
  usedMs = 0;
  /** Requests sent and not answered. */
  inSystem = 0;
  /** Integral of `inSystem` over time, in request-milliseconds. */
  inSystemMs = 0;
  queued = 0;
  arrived = 0;
  /** Factor on waiting times. */
  ioFactor = 1;
  #ready: readonly SimWorker[] = [];
  readonly #arrivals: Arrivals;
  readonly #profile: ServiceProfile;
  readonly #cores: number;
  readonly #leakBytes: number;
  readonly #dispatcher: Dispatcher;
  readonly #tally: Tally;
  readonly #io = new IoHeap();
  readonly #busy: SimWorker[] = [];
  #nextDone: SimWorker | null = null;
  readonly #begunMs: Float64Array;
  readonly #owner: (SimWorker | null)[];
  /** Sent while no worker was ready: they stay in the listening socket. */
  #waiting: number[] = [];

  constructor(
    arrivals: Arrivals,
    profile: ServiceProfile,
    machine: { readonly cores: number; readonly leakBytes: number },
    dispatcher: Dispatcher,
    tally: Tally,
  ) {
    this.#arrivals = arrivals;
    this.#profile = profile;
    // A loop that only sometimes uses its core leaves room for others.
    this.#cores = machine.cores / profile.coreShare;
    this.#leakBytes = machine.leakBytes;
    this.#dispatcher = dispatcher;
    this.#tally = tally;
    this.#begunMs = new Float64Array(arrivals.atMs.length);
    this.#owner = arrivals.ioMs === null ? [] : new Array<SimWorker | null>(arrivals.atMs.length).fill(null);
  }

  /** The workers that take requests from now on. */
  setReady(ready: readonly SimWorker[]): void {
    this.#ready = ready;
    if (ready.length === 0 || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const request of waiting) this.#give(request);
  }

  /** The cores' speed for each busy loop, 0..1. */
  get coreShare(): number {
    return this.#busy.length <= this.#cores ? 1 : this.#cores / this.#busy.length;
  }

  /** Everything that happens until `untilMs`. */
  advance(untilMs: number): void {
    const { atMs } = this.#arrivals;
    for (;;) {
      const arrivalMs = this.arrived < atMs.length ? (atMs[this.arrived] as number) : NEVER;
      const doneMs = this.#nextDone === null ? NEVER : this.nowMs + (this.#nextDone.doneV - this.nowV) / this.coreShare;
      const ioMs = this.#io.nextAtMs;
      const nextMs = Math.min(arrivalMs, doneMs, ioMs);
      if (nextMs >= untilMs) break;
      this.#pass(nextMs);
      if (nextMs === doneMs) this.#finish(this.#nextDone as SimWorker);
      else if (nextMs === arrivalMs) this.#arrive();
      else this.#return();
    }
    this.#pass(untilMs);
  }

  #pass(toMs: number): void {
    const elapsedMs = Math.max(0, toMs - this.nowMs);
    const passedV = elapsedMs * this.coreShare;
    this.nowV += passedV;
    this.usedMs += passedV * this.#busy.length * this.#profile.coreShare;
    this.inSystemMs += this.inSystem * elapsedMs;
    this.nowMs = Math.max(this.nowMs, toMs);
  }

  #arrive(): void {
    const request = this.arrived;
    this.arrived += 1;
    this.inSystem += 1;
    if (this.#ready.length === 0) this.#waiting.push(request);
    else this.#give(request);
  }

  #give(request: number): void {
    const worker = this.#dispatcher.pick(request, this.#ready);
    if (this.#owner.length > 0) this.#owner[request] = worker;
    this.#enqueue(worker, request * 2);
  }

  /** What a request waited for has come: its second half queues behind whatever came meanwhile. */
  #return(): void {
    const request = this.#io.pop();
    this.#enqueue(this.#owner[request] as SimWorker, request * 2 + 1);
  }

  #enqueue(worker: SimWorker, task: number): void {
    if (worker.task !== -1) {
      worker.queue.push(task);
      worker.queuedMs += this.#demandMs(task);
      this.queued += 1;
    } else this.#begin(worker, task);
    worker.noteDelay(this.nowV, this.coreShare);
  }

  #demandMs(task: number): number {
    const cpuMs = this.#arrivals.cpuMs[task >> 1] as number;
    return this.#arrivals.ioMs === null ? cpuMs : cpuMs / 2;
  }

  #begin(worker: SimWorker, task: number): void {
    if ((task & 1) === 0) {
      this.#begunMs[task >> 1] = this.nowMs;
      worker.inFlight += 1;
      worker.totals.started += 1;
    }
    const { warmUpExtra, warmUpMs } = this.#profile;
    const warmth = Math.exp((worker.readyAtMs - this.nowMs) / warmUpMs);
    worker.begin(task, this.#demandMs(task) * (1 + warmUpExtra * warmth), this.nowMs, this.nowV);
    this.#busy.push(worker);
    if (this.#nextDone === null || worker.doneV < this.#nextDone.doneV) this.#nextDone = worker;
  }

  #finish(worker: SimWorker): void {
    const { task } = worker;
    worker.end(this.nowMs, this.nowV);
    const busy = this.#busy;
    busy[busy.indexOf(worker)] = busy[busy.length - 1] as SimWorker;
    busy.pop();
    this.#nextDone = null;
    const { ioMs } = this.#arrivals;
    const request = task >> 1;
    if (ioMs !== null && (task & 1) === 0)
      this.#io.push(this.nowMs + (ioMs[request] as number) * this.ioFactor, request);
    else this.#answer(worker, request);
    this.#takeNext(worker);
    for (const candidate of busy) {
      if (this.#nextDone === null || candidate.doneV < this.#nextDone.doneV) this.#nextDone = candidate;
    }
  }

  #answer(worker: SimWorker, request: number): void {
    worker.inFlight -= 1;
    worker.rssBytes += this.#leakBytes;
    this.inSystem -= 1;
    const { totals } = worker;
    totals.completed += 1;
    // The agent's clock starts when the loop reads the request: what it waited in the socket is not in there.
    const bucket = latencyBucketIndex(this.nowMs - (this.#begunMs[request] as number));
    totals.latencyCounts[bucket] = (totals.latencyCounts[bucket] as number) + 1;
    const sentMs = this.#arrivals.atMs[request] as number;
    if (this.nowMs - sentMs > ABANDON_MS) this.#tally.unanswered(sentMs);
    else this.#tally.answered(sentMs, this.nowMs - sentMs);
  }

  /** The first in the queue whose client still waits. */
  #takeNext(worker: SimWorker): void {
    for (let task = worker.queue.shift(); task !== -1; task = worker.queue.shift()) {
      worker.queuedMs -= this.#demandMs(task);
      this.queued -= 1;
      const sentMs = this.#arrivals.atMs[task >> 1] as number;
      if ((task & 1) === 1 || this.nowMs - sentMs <= ABANDON_MS) {
        this.#begin(worker, task);
        return;
      }
      this.inSystem -= 1;
      this.#tally.unanswered(sentMs);
    }
    worker.queuedMs = 0;
  }
}
