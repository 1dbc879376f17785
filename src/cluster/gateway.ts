import { type ChildProcess, fork } from 'node:child_process';
import type { Arrival } from '../ipc/arrival.ts';
import {
  type GatewayOrder,
  type GatewayPolicy,
  type GatewayReport,
  type GatewayStatus,
  type GatewayUpstream,
  isGatewayReport,
} from '../ipc/gateway-protocol.ts';
import { GatewayAnswers } from './gateway-answers.ts';
import type { NativeHandle } from './native.ts';

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
  readonly upstreams: Map<string, Served>;
}

interface Served {
  readonly upstream: GatewayUpstream;
  /** Differs from its own while its predecessor still serves: a slot has one holder, whose clients it keeps. */
  slot: number;
  draining: boolean;
}

/** Beyond the slots of workers. */
const FIRST_SPARE_SLOT = 1_000_000;

interface Process {
  readonly child: ChildProcess;
  /** Where it accepts connections. */
  readonly listening: Set<string>;
  listeners: Readonly<Record<string, GatewayStatus>>;
}

/**
 * The gateway processes from the primary's side: each listens on the sockets that the primary has bound, and knows all workers. One that
 * dies takes its clients' connections with it and is started again, with all that the others know.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #processes = new Set<Process>();
  readonly #listeners = new Map<string, Listener>();
  readonly #answers = new GatewayAnswers<Process>(LEAVE_MS);
  #closing = false;
  #onListening: () => void = () => {};
  #spareSlot = FIRST_SPARE_SLOT;
  /** A process has closed a listener; null: all of them, as it has ended. */
  #onClosed: (process: Process, key: string | null) => void = () => {};
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
    return [...this.#processes].flatMap(({ child }) => child.pid ?? []);
  }

  /** What each process said last of each listener. */
  statuses(): readonly GatewayStatus[] {
    return [...this.#processes].flatMap(({ listeners }) => Object.values(listeners));
  }

  listen(key: string, handle: NativeHandle): void {
    this.#listeners.set(key, { handle, upstreams: new Map() });
    for (const { child } of this.#processes)
      this.#send(child, { type: 'listen', key, policy: this.#options.policy }, handle);
  }

  /** Resolves when every process accepts connections wherever the app listens: before, clients would be refused. */
  async listening(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LISTEN_MS);
      this.#onListening = () => {
        const keys = [...this.#listeners.keys()];
        if ([...this.#processes].every(({ listening }) => keys.every((key) => listening.has(key)))) resolve();
      };
      this.#onListening();
    });
    clearTimeout(timer);
  }

  /** A worker serves this listener from now on. */
  add(key: string, upstream: GatewayUpstream): void {
    const listener = this.#listeners.get(key);
    if (listener === undefined || listener.upstreams.has(upstream.name)) return;
    const isHeld = [...listener.upstreams.values()].some(({ slot, draining }) => slot === upstream.slot && !draining);
    const slot = isHeld ? this.#spareSlot++ : upstream.slot;
    listener.upstreams.set(upstream.name, { upstream, slot, draining: false });
    this.#tell({ type: 'add', key, upstream: { ...upstream, slot } });
  }

  /**
   * The worker leaves. Resolves when every process has said that it begins no request there any more: until then, the worker has to
   * take connections, and must not close any.
   */
  async drain(name: string): Promise<void> {
    const left: Promise<void>[] = [];
    for (const [key, { upstreams }] of this.#listeners) {
      const served = upstreams.get(name);
      if (served === undefined || served.draining) continue;
      served.draining = true;
      const { request, answered } = this.#answers.ask(this.#processes);
      left.push(answered);
      this.#tell({ type: 'drain', key, name, request });
      this.#inherit(key, upstreams, served.slot);
    }
    await Promise.all(left);
  }

  /** The worker is gone. */
  remove(name: string): void {
    for (const key of this.#listeners.keys()) this.withdraw(key, name);
  }

  /** The worker has closed its server there. */
  withdraw(key: string, name: string): void {
    const upstreams = this.#listeners.get(key)?.upstreams;
    const served = upstreams?.get(name);
    if (upstreams === undefined || served === undefined) return;
    upstreams.delete(name);
    this.#tell({ type: 'remove', key, name });
    if (!served.draining) this.#inherit(key, upstreams, served.slot);
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
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs + CLOSE_GRACE_MS);
    });
    await Promise.race([closed, limit]);
    clearTimeout(timer);
  }

  /** Ends the processes. */
  end(): void {
    this.#closing = true;
    for (const { child } of this.#processes) if (child.connected) child.disconnect();
  }

  /** The successor of a worker that leaves gets its slot, and with it its clients. */
  #inherit(key: string, upstreams: Listener['upstreams'], slot: number): void {
    for (const served of upstreams.values()) {
      if (served.upstream.slot !== slot || served.slot === slot || served.draining) continue;
      served.slot = slot;
      this.#tell({ type: 'replace', key, upstream: served.upstream });
      return;
    }
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
    const child = fork(this.#options.file, [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const process: Process = { child, listening: new Set(), listeners: {} };
    this.#processes.add(process);
    child.on('message', (message: unknown, handle: unknown) => {
      if (isGatewayReport(message)) this.#onReport(process, message, handle as NativeHandle | undefined);
    });
    child.on('error', (error) => {
      this.#options.log('error', `a gateway process: ${error.message}`);
      if (child.pid === undefined) this.#ended(process, error.message); // it never was one: no exit follows
    });
    child.once('exit', (code, signal) => this.#ended(process, signal ?? `exit code ${code}`));
    for (const [key, { handle, upstreams }] of this.#listeners) {
      this.#send(child, { type: 'listen', key, policy: this.#options.policy }, handle);
      for (const { upstream, slot, draining } of upstreams.values()) {
        if (!draining) this.#send(child, { type: 'add', key, upstream: { ...upstream, slot } });
      }
    }
  }

  #onReport(process: Process, report: GatewayReport, handle: NativeHandle | undefined): void {
    if (report.type === 'status') process.listeners = report.listeners;
    else if (report.type === 'listening') {
      process.listening.add(report.key);
      this.#onListening();
    } else if (report.type === 'fault') this.#options.log('warn', `gateway: ${report.message}`);
    else if (report.type === 'hand-over' && handle !== undefined)
      this.onHandOver(report.key, report.name, report.arrival, handle);
    else if (report.type === 'left') this.#answers.answered(report.request, process);
    else if (report.type === 'closed') this.#onClosed(process, report.key);
  }

  #ended(process: Process, how: string): void {
    if (!this.#processes.delete(process)) return;
    this.#answers.gone(process);
    this.#onClosed(process, null);
    this.#onListening();
    if (this.#closing) return;
    this.#options.log('error', `a gateway process ended (${how}): its connections are lost; another is started`);
    setTimeout(() => {
      if (!this.#closing) this.#start();
    }, RESTART_MS);
  }

  #tell(order: GatewayOrder): void {
    for (const { child } of this.#processes) this.#send(child, order);
  }

  #send(child: ChildProcess, order: GatewayOrder, handle?: NativeHandle): void {
    // What can't be sent goes to a process that has ended, which is heard of by its exit.
    if (child.connected) child.send(order, handle as never, {}, () => {});
  }
}
