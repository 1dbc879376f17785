import { type ChildProcess, fork } from 'node:child_process';
import { type GatewayOrder, type GatewayReport, type GatewayStatus, isGatewayReport } from '../ipc/gateway-protocol.ts';
import type { NativeHandle } from './native.ts';

/** Who owns gateway processes. */
export interface GatewayProcessObserver {
  onReport(process: GatewayProcess, report: GatewayReport, handle: NativeHandle | undefined): void;
  onFault(problem: string): void;
  /** It has ended, or could not be started. */
  onEnd(process: GatewayProcess, how: string): void;
}

/** One gateway process, and what it has said of itself. */
export class GatewayProcess {
  /** Listeners on which it accepts connections. */
  readonly listening = new Set<string>();
  /** What it said last of each listener. */
  listeners: Readonly<Record<string, GatewayStatus>> = {};
  readonly #child: ChildProcess;

  /** Forks at once. */
  constructor(file: string, observer: GatewayProcessObserver) {
    const child = fork(file, [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child = child;
    child.on('message', (message: unknown, handle: unknown) => {
      if (isGatewayReport(message)) observer.onReport(this, message, handle as NativeHandle | undefined);
    });
    child.on('error', (error) => {
      observer.onFault(error.message);
      if (child.pid === undefined) observer.onEnd(this, error.message); // it never was one: no exit follows
    });
    child.once('exit', (code, signal) => observer.onEnd(this, signal ?? `exit code ${code}`));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What can't be sent goes to a process that has ended, which is heard of by its exit. */
  send(order: GatewayOrder, handle?: NativeHandle): void {
    if (this.#child.connected) this.#child.send(order, handle as never, {}, () => {});
  }

  /** It ends by itself when nobody can tell it anything any more. */
  end(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  /** SIGKILL, at once. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
