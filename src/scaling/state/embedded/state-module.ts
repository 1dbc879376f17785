import type { Value } from '../shared-state.ts';

/** Sends a message to a channel's subscribers, in whatever process they are. */
export type ModulePublish = (channel: string, message: Value) => void;

/**
 * Something that lives beside the store, in the same process, and is called by name from every worker:
 * state that plain entries can't express, such as a job board. Everything happens in one thread, so a call is atomic.
 */
export interface StateModule {
  /** What callers give as `callModule`'s name. */
  readonly name: string;
  /**
   * Does one operation at once: it returns no promise. `argument` and the result are JSON: what JSON drops, such as
   * functions and undefined fields, doesn't arrive.
   * `connectionId` is the caller's connection: the same for all calls of one process until it reconnects, never used again after it.
   * @throws StateModuleError, or StateError, which the caller gets with its code; anything else arrives as a StateModuleError
   * with the code MODULE_FAILED
   */
  handle(operation: string, argument: unknown, connectionId: number, nowMs: number): unknown;
  /** That connection is gone: its process has ended, or will come back under another id. */
  disconnected?(connectionId: number): void;
  /** Called about every 100 ms, for what comes with time. */
  tick?(nowMs: number): void;
}

/** Makes a module; called once in each process that keeps a store. */
export type StateModuleFactory = (publish: ModulePublish) => StateModule;

/** What went wrong in a module, with a `code` of the module's own; crosses the socket. */
export class StateModuleError extends Error {
  override readonly name = 'StateModuleError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
