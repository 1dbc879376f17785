import { abortError, closedError, type FailedCommand, stateErrorOf, timeoutError } from './redis-errors.ts';
import type { TrackedCommand } from './tracked-command.ts';

export interface PendingOptions {
  readonly timeoutMs: number;
  /** The caller has set no deadline of its own: it may wait for its turn while answers keep coming on its connection. */
  readonly patient: boolean;
  readonly signal: AbortSignal | undefined;
  /** False: a command that only reads is never "perhaps done". */
  readonly changes: boolean;
  /** The node it is meant for, while it is not known which it went to. */
  readonly node: () => string;
}

/** Most a patient call waits, in deadlines: a burst of 10,000 calls takes a busy process more than one. */
const PATIENCE_FACTOR = 4;
/** A timer that fires this much too late says that the process was busy. */
const STALLED_MS = 10;
/** For what it sent late, or could not read. */
const GRACE_MS = 25;
/** When the last answer came, by connection. */
const answeredMs = new WeakMap<object, number>();

/** Commands under way: each ends by its answer, its deadline, its caller's signal or the end of the connection, whichever is first. */
export class PendingCalls {
  /** How each is ended when the connection is closed. */
  readonly #ends = new Set<() => void>();

  /**
   * @throws StateError as the promise's reason; ioredis's own errors are not mapped when `isRaw` says so (a script that must be sent whole)
   */
  wait<T>(command: TrackedCommand, options: PendingOptions, isRaw: (error: unknown) => boolean): Promise<T> {
    const { timeoutMs, signal, node } = options;
    return new Promise<T>((resolve, reject) => {
      const lastMs = performance.now() + timeoutMs * (options.patient ? PATIENCE_FACTOR : 1);
      let settled = false;
      const failed = (): FailedCommand => ({
        name: command.name,
        node: nodeOf(command) ?? node(),
        mayBeDone: options.changes && command.sent,
      });
      const settle = () => {
        settled = true;
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#ends.delete(onClose);
      };
      const fail = (error: Error) => {
        settle();
        command.giveUp();
        reject(error);
      };
      const onAbort = () => fail(abortError(failed(), signal?.reason));
      const onClose = () => fail(closedError(command.name, failed().mayBeDone));
      const expire = (dueMs: number, nowMs: number) => {
        if (settled) return;
        const heardMs = (command.socket && answeredMs.get(command.socket)) ?? Number.NEGATIVE_INFINITY;
        // One that was made in a long turn of the event loop left at the end of it: Redis has had no time yet.
        const isLate = nowMs - dueMs > STALLED_MS;
        const untilMs = Math.min(lastMs, Math.max(heardMs + timeoutMs, isLate ? nowMs + GRACE_MS : 0));
        if (!options.patient || untilMs <= nowMs) fail(timeoutError(failed(), timeoutMs));
        else timer = wait(Math.ceil(untilMs - nowMs));
      };
      const wait = (ms: number) => {
        const dueMs = performance.now() + ms;
        // Once more through the event loop: if this process was busy, the answer is there already and only waits to be read.
        return setTimeout(() => setImmediate(expire, dueMs, performance.now()), ms);
      };
      let timer = wait(timeoutMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#ends.add(onClose);
      command.promise.then(
        (reply: T) => {
          if (command.socket !== undefined) answeredMs.set(command.socket, performance.now());
          settle();
          resolve(reply);
        },
        (error: unknown) => {
          settle();
          reject(isRaw(error) ? error : stateErrorOf(error, failed()));
        },
      );
    });
  }

  /** All that are under way fail with STATE_CLOSED. */
  close(): void {
    for (const end of [...this.#ends]) end();
  }
}

/** Names of sockets; one that was closed doesn't know any more who was on the other side. */
const names = new WeakMap<object, string>();

function nodeOf({ socket }: TrackedCommand): string | undefined {
  if (socket === undefined) return undefined;
  const { remoteAddress, remotePort } = socket as { remoteAddress?: string; remotePort?: number };
  if (remoteAddress !== undefined) names.set(socket, `${remoteAddress}:${remotePort}`);
  return names.get(socket);
}
