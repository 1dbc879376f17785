/** Errors of the control API, and the one place where an error becomes a status (RFC 9457, application/problem+json). */

/** One field of a request that is not as it should be. */
export interface FieldError {
  readonly field: string;
  /** What came, as JSON, shortened; `nothing` when the field is missing. */
  readonly given: string;
  readonly allowed: string;
}

/** The body of every error answer. `code` is stable; `detail` is for people. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  /** Set (to false) with the code FEATURE_DISABLED. */
  readonly enabled?: false;
}

export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  readonly enabled?: false;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An answer that is an error on purpose. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly options: ProblemOptions;

  constructor(status: number, code: string, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.name = 'ProblemError';
    this.status = status;
    this.code = code;
    this.options = options;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Token needed',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  409: 'Conflict',
  413: 'Content too large',
  415: 'Unsupported media type',
  421: 'Misdirected request',
  422: 'Refused',
  429: 'Too many requests',
  431: 'Request header fields too large',
  500: 'Internal error',
  503: 'Unavailable',
  507: 'Insufficient storage',
};

/** Errors that the runtime's parts throw by code, and the status each means here. */
const DOMAIN_STATUS: Readonly<Record<string, number>> = {
  RELOAD_RUNNING: 409,
  RESTART_RUNNING: 409,
  STOPPING: 409,
  WORKER_NOT_FOUND: 404,
  WORKER_NOT_READY: 409,
  WORKER_BUSY: 409,
  WORKER_ENDED: 409,
  RECORDING_RUNNING: 409,
  RECORDING_STOPPED: 409,
  NOT_ENOUGH_MEMORY: 409,
  NO_SPACE: 507,
};

/** What body-parser calls its errors. */
const BODY_ERRORS: Readonly<Record<string, readonly [status: number, code: string, detail: string]>> = {
  'entity.parse.failed': [400, 'BAD_JSON', 'The body is not JSON'],
  'entity.too.large': [413, 'BODY_TOO_LARGE', 'The body is larger than 64 KB'],
  'encoding.unsupported': [415, 'UNSUPPORTED_ENCODING', 'The body is compressed: send it as it is'],
  'charset.unsupported': [415, 'UNSUPPORTED_CHARSET', 'The body must be UTF-8'],
  'request.size.invalid': [400, 'BAD_BODY', 'The body is shorter or longer than its Content-Length'],
  'request.aborted': [400, 'BAD_BODY', 'The request ended before its body was complete'],
};

/** Makes any thrown value the problem that the client sees. What is not known here is a 500 that tells nothing of its inside. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const { code, type, message } = Object(error) as { code?: unknown; type?: unknown; message?: unknown };
  const known = typeof type === 'string' && Object.hasOwn(BODY_ERRORS, type) ? BODY_ERRORS[type] : undefined;
  if (known !== undefined) {
    const [status, name, detail] = known;
    return new ProblemError(status, name, name === 'BAD_JSON' ? `${detail}: ${String(message)}` : detail);
  }
  if (typeof code === 'string' && Object.hasOwn(DOMAIN_STATUS, code)) {
    return new ProblemError(DOMAIN_STATUS[code] as number, code, String(message));
  }
  // The router's decodeURIComponent on a path such as /scaling/decisions/%E0.
  if (error instanceof URIError) return new ProblemError(400, 'BAD_PATH', 'The path is not valid percent-encoding');
  return new ProblemError(500, 'INTERNAL', 'An error of the runtime; its log has it in full');
}

/** The same for an operator's own command, whose failure has a code of its own and may be told in full. */
export function asProblem(error: unknown, code: string): ProblemError {
  const problem = toProblem(error);
  if (problem.code !== 'INTERNAL') return problem;
  return new ProblemError(500, code, error instanceof Error ? error.message : String(error), { cause: error });
}

/** The body of a problem. */
export function problemBody(problem: ProblemError): ProblemBody {
  const { errors, enabled } = problem.options;
  return {
    type: `urn:tidegate:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title: TITLES[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...(errors === undefined ? {} : { errors }),
    ...(enabled === undefined ? {} : { enabled }),
  };
}
