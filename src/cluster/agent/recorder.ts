import type { Session } from 'node:inspector';
import type { AgentMessage, PrimaryMessage } from '../../ipc/protocol.ts';

type Order = PrimaryMessage & { readonly type: 'record' };

/** Files hold what is in the app's memory: they are their owner's alone, and never written over another. */
const PRIVATE_NEW_FILE = { mode: 0o600, flag: 'wx' } as const;

/** Records a CPU profile or a heap snapshot of this process. Inspector and V8's own module are loaded when somebody asks. */
export class Recorder {
  readonly #send: (message: AgentMessage) => void;
  /** Ends the profile that is being recorded; with `discard` it is thrown away. */
  #end: { readonly request: number; readonly now: (discard: boolean) => void } | null = null;

  constructor(send: (message: AgentMessage) => void) {
    this.#send = send;
  }

  /** The primary asks for one at a time. */
  record(order: Order): void {
    try {
      if (order.kind === 'heap-snapshot') this.#writeHeapSnapshot(order);
      else this.#startProfile(order);
    } catch (error) {
      this.#answer(order.request, (error as Error).message, 0);
    }
  }

  /** Nobody waits for it any more. A heap snapshot is over before this can be read. */
  stop(request: number): void {
    if (this.#end?.request === request) this.#end.now(true);
  }

  /** Blocks this process: V8 walks the whole heap. */
  #writeHeapSnapshot({ request, file }: Order): void {
    const startedAtMs = performance.now();
    // Created first, since V8 would create it readable for others.
    process.getBuiltinModule('node:fs').writeFileSync(file, '', PRIVATE_NEW_FILE);
    process.getBuiltinModule('node:v8').writeHeapSnapshot(file);
    this.#answer(request, null, performance.now() - startedAtMs);
  }

  #startProfile({ request, file, durationMs }: Order): void {
    const { Session } = process.getBuiltinModule('node:inspector');
    const session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.start', (error) => {
      if (error === null) return;
      session.disconnect();
      this.#answer(request, error.message, 0);
    });
    const end = (discard: boolean): void => {
      clearTimeout(timer);
      this.#end = null;
      this.#finishProfile(session, request, discard ? null : file);
    };
    const timer = setTimeout(() => end(false), durationMs).unref();
    this.#end = { request, now: end };
  }

  #finishProfile(session: Session, request: number, file: string | null): void {
    const startedAtMs = performance.now();
    session.post('Profiler.stop', (error, result) => {
      session.disconnect();
      if (error !== null) {
        this.#answer(request, error.message, 0);
        return;
      }
      const problem = file === null ? 'it was stopped' : write(file, JSON.stringify(result.profile));
      this.#answer(request, problem, performance.now() - startedAtMs);
    });
  }

  #answer(request: number, problem: string | null, pausedMs: number): void {
    this.#send({ type: 'recorded', request, problem, pausedMs: Math.round(pausedMs) });
  }
}

function write(file: string, text: string): string | null {
  try {
    process.getBuiltinModule('node:fs').writeFileSync(file, text, PRIVATE_NEW_FILE);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
