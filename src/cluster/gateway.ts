import type { Arrival } from '../ipc/arrival.ts';
import type {
  GatewayOrder,
  GatewayPolicy,
  GatewayReport,
  GatewayStatus,
  GatewayUpstream,
} from '../ipc/gateway-protocol.ts';
import { GatewayAnswers } from './gateway-answers.ts';
import { GatewayProcess } from './gateway-process.ts';
import { Milestones } from './milestones.ts';
import type { NativeHandle } from './native.ts';
import { UpstreamRoster } from './upstream-roster.ts';
import { withinMs } from './within-ms.ts';

const RESTART_MS = 500;
/** Beyond the requests' own deadline. */
const CLOSE_GRACE_MS = 1_000;
/** Somebody who waits for a start is not kept longer by a gateway process that is blocked. */
const LISTEN_MS = 10_000;
/** A gateway process that does not say in this time that it has left a worker is blocked; the worker can't wait for ever. */
const LEAVE_MS = 10_000;

export interface GatewayOptions {
  /** The program of a gateway process. */
  readonly file: string;
  readonly processes: number;
  readonly policy: GatewayPolicy;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** One listener: the bound socket, and who serves it. */
interface Listener {
  readonly handle: NativeHandle;
  readonly roster: UpstreamRoster;
}

/**
 * The gateway processes from the primary's side: each listens on the sockets that the primary has bound, and knows all workers. One that
 * dies takes its clients' connections with it and is started again, with all that the others know.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #processes = new Set<GatewayProcess>();
  readonly #listeners = new Map<string, Listener>();
  readonly #answers = new GatewayAnswers<GatewayProcess>(LEAVE_MS);
  /** A process has begun to listen somewhere, or has ended. */
  readonly #milestones = new Milestones();
  #closing = false;
  /** A process has closed a listener; null: all of them, as it has ended. */
  #onClosed: (process: GatewayProcess, key: string | null) => void = () => {};
  /** A client's connection comes from a gateway process, for good: to that worker, or to another one. */
  onHandOver: (key: string, workerName: string, arrival: Arrival, handle: NativeHandle) => void = (
    _key,
    _name,
    _arrival,
    handle,
  ) => handle.close();

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Starts the processes, which live until `end`. */
  start(): void {
    for (let started = 0; started < this.#options.processes; started += 1) this.#start();
  }

  get pids(): readonly number[] {
    return [...this.#processes].flatMap(({ pid }) => pid ?? []);
  }

  /** What each process said last of each listener. */
  statuses(): readonly GatewayStatus[] {
    return [...this.#processes].flatMap(({ listeners }) => Object.values(listeners));
  }

  listen(key: string, handle: NativeHandle): void {
    this.#listeners.set(key, { handle, roster: new UpstreamRoster() });
    this.#tell({ type: 'listen', key, policy: this.#options.policy }, handle);
  }

  /** Resolves when every process accepts connections wherever the app listens: before, clients would be refused. */
  async listening(): Promise<void> {
    const everywhere = this.#milestones.until(() => {
      const keys = [...this.#listeners.keys()];
      return [...this.#processes].every(({ listening }) => keys.every((key) => listening.has(key)));
    });
    await withinMs(everywhere, LISTEN_MS);
  }

  /** A worker serves this listener from now on. */
  add(key: string, upstream: GatewayUpstream): void {
    const added = this.#listeners.get(key)?.roster.add(upstream) ?? null;
    if (added !== null) this.#tell({ type: 'add', key, upstream: added });
  }

  /**
   * The worker leaves. Resolves when every process has said that it begins no request there any more: until then, the worker has to
   * take connections, and must not close any.
   */
  async drain(name: string): Promise<void> {
    const left: Promise<void>[] = [];
    for (const [key, { roster }] of this.#listeners) {
      const draining = roster.drain(name);
      if (draining === null) continue;
      const { request, answered } = this.#answers.ask(this.#processes);
      left.push(answered);
      this.#tell({ type: 'drain', key, name, request });
      this.#tellHeir(key, draining.heir);
    }
    await Promise.all(left);
  }

  /** The worker is gone. */
  remove(name: string): void {
    for (const key of this.#listeners.keys()) this.withdraw(key, name);
  }

  /** The worker has closed its server there. */
  withdraw(key: string, name: string): void {
    const removed = this.#listeners.get(key)?.roster.remove(name) ?? null;
    if (removed === null) return;
    this.#tell({ type: 'remove', key, name });
    this.#tellHeir(key, removed.heir);
  }

  /** The app has closed its server: those of the listeners that are not among `open` any more. */
  keep(open: (key: string) => boolean, drainMs: number): void {
    for (const key of [...this.#listeners.keys()].filter((candidate) => !open(candidate))) {
      this.#listeners.delete(key);
      this.#tell({ type: 'close', key, drainMs });
    }
  }

  resetBreaker(name: string | null): void {
    this.#tell({ type: 'reset-breaker', name });
  }

  /** Accepts nobody any more; resolves when clients have their answers, or after `drainMs`. */
  async close(drainMs: number): Promise<void> {
    this.#closing = true;
    const closed = this.#listeners.size === 0 ? Promise.resolve() : this.#whenClosed();
    for (const key of this.#listeners.keys()) this.#tell({ type: 'close', key, drainMs });
    await withinMs(closed, drainMs + CLOSE_GRACE_MS);
  }

  /** Ends the processes. */
  end(): void {
    this.#closing = true;
    for (const process of this.#processes) process.end();
  }

  /** Ends them at once, whatever their clients wait for. */
  kill(): void {
    this.#closing = true;
    for (const process of this.#processes) process.kill();
  }

  /** Resolves when every process has closed every listener there is now. */
  #whenClosed(): Promise<void> {
    const open = new Map([...this.#processes].map((process) => [process, new Set(this.#listeners.keys())]));
    if (open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onClosed = (process, key) => {
        const keys = open.get(process);
        if (key !== null) keys?.delete(key);
        if (key === null || keys?.size === 0) open.delete(process);
        if (open.size === 0) resolve();
      };
    });
  }

  #start(): void {
    const process = new GatewayProcess(this.#options.file, {
      onReport: (reporter, report, handle) => this.#onReport(reporter, report, handle),
      onFault: (problem) => this.#options.log('error', `a gateway process: ${problem}`),
      onEnd: (ended, how) => this.#onEnd(ended, how),
    });
    this.#processes.add(process);
    for (const [key, { handle, roster }] of this.#listeners) {
      process.send({ type: 'listen', key, policy: this.#options.policy }, handle);
      for (const upstream of roster.serving) process.send({ type: 'add', key, upstream });
    }
  }

  #onReport(process: GatewayProcess, report: GatewayReport, handle: NativeHandle | undefined): void {
    if (report.type === 'status') process.listeners = report.listeners;
    else if (report.type === 'listening') {
      process.listening.add(report.key);
      this.#milestones.reached();
    } else if (report.type === 'fault') this.#options.log('warn', `gateway: ${report.message}`);
    else if (report.type === 'hand-over' && handle !== undefined)
      this.onHandOver(report.key, report.name, report.arrival, handle);
    else if (report.type === 'left') this.#answers.answered(report.request, process);
    else if (report.type === 'closed') this.#onClosed(process, report.key);
  }

  #onEnd(process: GatewayProcess, how: string): void {
    if (!this.#processes.delete(process)) return;
    this.#answers.gone(process);
    this.#onClosed(process, null);
    this.#milestones.reached();
    if (this.#closing) return;
    this.#options.log('error', `a gateway process ended (${how}): its connections are lost; another is started`);
    setTimeout(() => {
      if (!this.#closing) this.#start();
    }, RESTART_MS);
  }

  #tellHeir(key: string, heir: GatewayUpstream | null): void {
    if (heir !== null) this.#tell({ type: 'replace', key, upstream: heir });
  }

  #tell(order: GatewayOrder, handle?: NativeHandle): void {
    for (const process of this.#processes) process.send(order, handle);
  }
}
