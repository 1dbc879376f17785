import type { CallOptions, Unsubscribe } from '../../shared-state.ts';
import type { JobErrorCode } from '../errors.ts';
import { JobError } from '../errors.ts';
import type { BoardOperation, BoardOperations } from './board-wire.ts';
import { JOB_BOARD } from './board-wire.ts';

/** What the embedded store's client offers to modules' callers. */
export interface BoardConnection {
  callModule(name: string, operation: string, argument: unknown, options?: CallOptions): Promise<unknown>;
  subscribe(channel: string, listener: (message: Buffer) => void): Promise<Unsubscribe>;
}

const BOARD_CODES: readonly string[] = ['JOBS_FULL', 'JOB_BAD_ARGUMENT'] satisfies readonly JobErrorCode[];

/** The machine's job board as seen from a process: its operations, typed. */
export class BoardClient {
  readonly #connection: BoardConnection;
  readonly #queue: string;

  constructor(connection: BoardConnection, queue: string) {
    this.#connection = connection;
    this.#queue = queue;
  }

  /** @throws JobError JOBS_FULL, or the store's StateError */
  async call<Name extends BoardOperation>(
    operation: Name,
    argument: Omit<BoardOperations[Name]['argument'], 'queue'>,
    options?: CallOptions,
  ): Promise<BoardOperations[Name]['result']> {
    try {
      const result = await this.#connection.callModule(
        JOB_BOARD,
        operation,
        { queue: this.#queue, ...argument },
        options,
      );
      return result as BoardOperations[Name]['result'];
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === undefined || !BOARD_CODES.includes(code)) throw error;
      throw new JobError(code as JobErrorCode, message, { cause: error });
    }
  }

  subscribe(channel: string, listener: (message: Buffer) => void): Promise<Unsubscribe> {
    return this.#connection.subscribe(channel, listener);
  }
}
