/** Why a call on the database failed; `code` is stable. */
export type DatabaseErrorCode =
  /** It could not be reached, or the connection was lost. */
  | 'DB_UNAVAILABLE'
  /** The statement timeout, or the caller's deadline, passed. */
  | 'DB_TIMEOUT'
  /** All connections of the pool were busy for as long as a caller may wait for one. */
  | 'DB_POOL_EXHAUSTED'
  /** The caller's signal. */
  | 'DB_ABORTED'
  /** After `close()`, or a transaction that has ended. */
  | 'DB_CLOSED'
  /** A unique, foreign-key, check or not-null constraint (SQLSTATE class 23). */
  | 'DB_CONSTRAINT'
  /** Transactions that ran at the same time (class 40, 55P03): the same again may work. */
  | 'DB_CONFLICT'
  /** A statement that writes was given to `read`, or to a read-only transaction. */
  | 'DB_READ_ONLY'
  /** Anything else that the server, or the driver, would not do: a mistake in the statement or its values. */
  | 'DB_REJECTED'
  /** Settings that can't be used. */
  | 'DB_BAD_SETTING';

export interface DatabaseErrorDetail {
  readonly cause?: unknown;
  readonly ambiguous?: boolean;
  readonly sqlState?: string | undefined;
  readonly constraint?: string | undefined;
}

/**
 * A call that did not come about, or whose outcome is not known (`ambiguous`: what it was to write may have been written).
 * Messages name the server as `host:port/name`, never a password or a value.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: DatabaseErrorCode;
  readonly ambiguous: boolean;
  /** The server's five-character code, where the server answered. */
  readonly sqlState: string | undefined;
  /** Name of the constraint, with DB_CONSTRAINT. */
  readonly constraint: string | undefined;

  constructor(code: DatabaseErrorCode, message: string, detail: DatabaseErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.ambiguous = detail.ambiguous ?? false;
    this.sqlState = detail.sqlState;
    this.constraint = detail.constraint;
  }
}

/** Settings that can't be used: every mistake of them, one line each. */
export class DatabaseSettingsError extends DatabaseError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('DB_BAD_SETTING', `The database settings can't be used:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.problems = problems;
  }
}
