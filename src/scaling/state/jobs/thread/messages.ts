/** What a handler's thread is started with. */
export interface ThreadSettings {
  /** URL of the module whose default export is the handler. */
  readonly handlerUrl: string;
  /** Of the thread: 0 as the process's, 19 only what nobody else wants. */
  readonly niceness: number;
}

export interface ThreadJob {
  readonly id: string;
  readonly queue: string;
  readonly data: unknown;
  readonly attempt: number;
  readonly token: number;
  readonly addedAtMs: number;
}

/** To the thread. After `abort` it has a moment to end its job before it is killed. */
export type ToThread =
  | { readonly type: 'job'; readonly job: ThreadJob }
  | { readonly type: 'abort'; readonly reason: string };

/** From the thread. A result is JSON, so that both ways of running a handler can return the same things. */
export type FromThread =
  | { readonly type: 'progress'; readonly value: unknown }
  | { readonly type: 'done'; readonly result: string | undefined }
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly code: string | undefined;
      readonly stack: string | undefined;
    };
