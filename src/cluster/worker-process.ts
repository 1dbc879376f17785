import type { ChildProcess } from 'node:child_process';
import cluster, { type Worker } from 'node:cluster';
import type { Duplex } from 'node:stream';
import { ControlChannel } from '../ipc/control-channel.ts';
import {
  AGENT_ENV,
  type AgentMessage,
  type AgentSettings,
  type HandleMessage,
  isAgentMessage,
  isHandleMessage,
  type PrimaryMessage,
} from '../ipc/protocol.ts';
import { isNativeHandle, type NativeHandle } from './native.ts';
import { WorkerOutbox } from './worker-outbox.ts';
import type { Exit } from './worker-state.ts';

/** File descriptor of the control channel in a worker. */
const CONTROL_FD = 4;

/** What a process of the app does, to the worker it belongs to. */
export interface ProcessObserver {
  onMessage(message: AgentMessage): void;
  /** The app has called `process.send('ready')`. */
  onReadySaid(): void;
  onMove(message: HandleMessage & { type: 'move' }, handle: NativeHandle): void;
  /** The last connection that it gives away has come, or none can come any more. */
  onMovesOver(): void;
  onOutput(stream: 'stdout' | 'stderr', chunk: string): void;
  onFault(problem: string): void;
  /** It has ended; what it sent may still be on its way. */
  onExit(): void;
  /** It has ended, and its IPC channel has been read to the end. Nothing follows. */
  onEnd(exit: Exit): void;
}

/** A process of the app, and the ways to it: IPC for descriptors, the control channel, its output. It judges nothing. */
export class WorkerProcess {
  readonly outbox: WorkerOutbox;
  readonly #worker: Worker;
  /** Null: descriptors ran out, and there is no process. */
  readonly #channel: ControlChannel<AgentMessage, PrimaryMessage> | null;
  readonly #observer: ProcessObserver;
  #exit: Exit | null = null;
  #hasEnded = false;

  /** Forks at once, with the cluster settings in force. */
  constructor(
    env: Readonly<Record<string, string>>,
    agent: Omit<AgentSettings, 'controlFd'>,
    observer: ProcessObserver,
  ) {
    this.#observer = observer;
    const settings: AgentSettings = { ...agent, controlFd: CONTROL_FD };
    this.#worker = cluster.fork({ ...env, [AGENT_ENV]: JSON.stringify(settings) });
    const child = this.#worker.process;
    this.outbox = new WorkerOutbox(child);
    const control = (child.stdio as ChildProcess['stdio'] | undefined)?.[CONTROL_FD];
    this.#channel = control == null ? null : this.#open(control as unknown as Duplex);
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (chunk: string) => observer.onOutput(stream, chunk));
    }
    child.on('internalMessage' as 'message', (message: unknown, handle: unknown) => this.#onInternal(message, handle));
    this.#worker.on('message', (message: unknown) => {
      if (message === 'ready') observer.onReadySaid();
    });
    this.#worker.on('error', (error) => observer.onFault(error.message));
    child.once('error', () => {
      if (child.pid !== undefined) return;
      // The process could not be started at all: no exit follows, for which Node would keep it among its own.
      delete cluster.workers?.[this.#worker.id];
      this.#exited({ code: null, signal: null });
    });
    this.#worker.once('exit', (code, signal) => this.#exited({ code, signal }));
    child.once('close', () => this.#settle());
    child.once('disconnect', () => {
      observer.onMovesOver();
      this.#settle();
    });
  }

  get pid(): number | null {
    return this.#worker.process.pid ?? null;
  }

  /** False: nothing comes over IPC any more, in either direction. */
  get connected(): boolean {
    return this.#worker.process.connected;
  }

  send(message: PrimaryMessage): void {
    this.#channel?.send(message);
  }

  /** Asks it to end: PM2's message first, for apps that wait for it. */
  stop(signal: NodeJS.Signals): void {
    if (this.connected) this.#worker.process.send('shutdown', () => {});
    this.#worker.process.kill(signal);
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }

  #onInternal(message: unknown, handle: unknown): void {
    if (!isHandleMessage(message)) return;
    if (message.type === 'moves-over') this.#observer.onMovesOver();
    if (message.type !== 'move' || handle == null) return;
    // An app can send what looks like ours, with sockets of its own kind.
    if (isNativeHandle(handle) && typeof message.key === 'string') this.#observer.onMove(message, handle);
    else (handle as { destroy?: () => void }).destroy?.();
  }

  #open(control: Duplex): ControlChannel<AgentMessage, PrimaryMessage> {
    return new ControlChannel(control, {
      accept: isAgentMessage,
      onMessage: (message) => this.#observer.onMessage(message),
      onFault: (problem) => this.#observer.onFault(problem),
      onEnd: () => this.#settle(),
    });
  }

  #exited(exit: Exit): void {
    this.#exit ??= exit;
    this.#observer.onExit();
    this.#settle();
  }

  /** The end is complete when the process has exited and its IPC channel has been read to the end. */
  #settle(): void {
    if (this.#exit === null || this.connected || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#channel?.close();
    this.#observer.onEnd(this.#exit);
  }
}
