/**
 * What the shared state, the database, a breaker, a queue or the fleet did not do, as the app's own error. By their stable codes, because
 * an error may come from another process, or from a library that this process has not loaded.
 */
import { DependencyError } from './errors.ts';

const STATE = 'the shared state does not answer at the moment';
const DATABASE = 'the database does not answer at the moment';

/** Failures that pass: 503, and what is said of them. A message of the library may hold addresses, which are nobody's business. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  STATE_TIMEOUT: STATE,
  STATE_ABORTED: STATE,
  STATE_UNAVAILABLE: STATE,
  STATE_CLOSED: 'this process is stopping',
  STATE_FULL: 'the shared state is full',
  STATE_UNKNOWN: 'whether there is such a thing is not known at the moment; ask again',
  SESSION_UNKNOWN: 'whether you are logged in is not known at the moment; your login is kept, ask again',
  SESSION_CONFLICT: 'the session was changed by too many requests at once',
  DB_UNAVAILABLE: DATABASE,
  DB_TIMEOUT: DATABASE,
  DB_POOL_EXHAUSTED: 'all connections to the database are busy',
  DB_CONFLICT: 'others changed the same at the same time',
  DB_CLOSED: 'this process is stopping',
  CIRCUIT_OPEN: 'the service behind it has failed too often just now, and is left alone for a moment',
  CIRCUIT_TIMEOUT: 'the service behind it does not answer at the moment',
  JOBS_FULL: 'the queue is full',
  JOBS_CLOSED: 'this process is stopping',
  CACHE_LOAD_FAILED: 'it could not be loaded at the moment',
};

/** What the fleet refuses: its words are meant for clients. */
const REFUSED: Readonly<Record<string, number>> = {
  FLEET_BAD_ARGUMENT: 400,
  CAPACITY_UNKNOWN: 503,
  NO_CAPACITY: 409,
  QUOTA_EXCEEDED: 429,
  BANDWIDTH_TOO_HIGH: 422,
  LEASE_NOT_FOUND: 404,
  LEASE_EXISTS: 409,
  LEASE_PENDING: 409,
  LEASE_NOT_GRANTED: 409,
  LEASE_NOT_CONNECTED: 409,
  LEASE_ENDED: 409,
  LEASE_BUSY: 409,
};

/** What is away is probably back, or replaced, within this time. */
const RETRY_MS = 2_000;

/** Undefined: it is nothing that a dependency said. */
export function asDependencyError(error: unknown): DependencyError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, retryAfterMs, loader } = error as Error & {
    readonly code?: unknown;
    readonly retryAfterMs?: number | null;
    /** A load that failed in another process says what failed there. */
    readonly loader?: { readonly code?: string };
  };
  if (typeof code !== 'string') return undefined;
  const refused = REFUSED[code];
  if (refused !== undefined) {
    return new DependencyError(refused, code, error.message, { cause: error, retryAfterMs: retryAfterMs ?? null });
  }
  const known = loader?.code !== undefined && loader.code in UNAVAILABLE ? loader.code : code;
  const message = UNAVAILABLE[known];
  if (message === undefined) return undefined;
  return new DependencyError(503, known, message, { cause: error, retryAfterMs: retryAfterMs ?? RETRY_MS });
}
