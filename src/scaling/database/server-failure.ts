/** What the driver throws, told in our words. */
import { DatabaseError, type DatabaseErrorCode } from './errors.ts';

/** pg-pool has no code for it; a test against a real pool would notice if the words changed. */
const POOL_WAIT_OVER = 'timeout exceeded when trying to connect';

/** The driver's own errors for a connection that is no more; they carry no code. */
const CONNECTION_LOST =
  /^(Connection terminated|Client (was closed|has encountered a connection error)|timeout expired)/;

/** SQLSTATE codes and classes; https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CODES: readonly (readonly [RegExp, DatabaseErrorCode])[] = [
  [/^(57014|25P03|25P04|57P05)$/, 'DB_TIMEOUT'],
  [/^(08...|57P0[1234]|53300|28...|3D000)$/, 'DB_UNAVAILABLE'],
  [/^23...$/, 'DB_CONSTRAINT'],
  [/^(40...|55P03)$/, 'DB_CONFLICT'],
  [/^25006$/, 'DB_READ_ONLY'],
];

interface DriverError {
  readonly message?: string;
  readonly code?: string;
  readonly severity?: string;
  readonly constraint?: string;
}

/** A failure while a connection was to be had. */
export function connectFailure(error: unknown, server: string, waitedMs: number): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { message = '', code } = error as DriverError;
  if (message === POOL_WAIT_OVER) {
    const text = `all connections to ${server} were busy for ${waitedMs} ms`;
    return new DatabaseError('DB_POOL_EXHAUSTED', text, { cause: error });
  }
  const sqlState = isServerAnswer(error as DriverError) ? code : undefined;
  return new DatabaseError('DB_UNAVAILABLE', `${server} can't be reached: ${message || code || 'no reason given'}`, {
    cause: error,
    sqlState,
  });
}

/** A failure of a statement that was sent. */
export function statementFailure(error: unknown, server: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const driverError = error as DriverError;
  const { message = '', code, constraint } = driverError;
  if (isServerAnswer(driverError)) {
    const known = CODES.find(([pattern]) => pattern.test(code ?? ''))?.[1] ?? 'DB_REJECTED';
    return new DatabaseError(known, `${server}: ${message}`, {
      cause: error,
      sqlState: code,
      constraint,
      // A server that is shut down cuts off what runs; whether a commit was among it can't be told.
      ambiguous: known === 'DB_UNAVAILABLE',
    });
  }
  if (CONNECTION_LOST.test(message) || /^E[A-Z]+$/.test(code ?? '')) {
    const text = `the connection to ${server} was lost: ${message || code}`;
    return new DatabaseError('DB_UNAVAILABLE', text, { cause: error, ambiguous: true });
  }
  return new DatabaseError('DB_REJECTED', message || String(error), { cause: error });
}

function isServerAnswer({ severity, code }: DriverError): boolean {
  return severity !== undefined && code !== undefined;
}

/** Whether it says that the server is unwell, not that the caller asked for something wrong: what a circuit breaker counts. */
export function isServerTrouble(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code === 'DB_UNAVAILABLE' || error.code === 'DB_TIMEOUT');
}
