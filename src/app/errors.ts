/** The app's own errors. Each knows its HTTP status; `problem.ts` is the only place that turns one into a response. */

/** Base of all errors a client causes. `code` is stable; `message` is meant for the client to read. */
export abstract class AppError extends Error {
  abstract readonly status: number;
  abstract readonly code: string;
  /** Response headers that the status calls for. */
  readonly headers: Readonly<Record<string, string>> = {};
}

/** A query parameter with a value that is not allowed. */
export class InvalidParameterError extends AppError {
  readonly status = 400;
  readonly code = 'INVALID_PARAMETER';
  readonly parameter: string;

  constructor(parameter: string, given: unknown, allowed: string) {
    super(`${parameter} is ${describe(given)}; allowed is ${allowed}`);
    this.parameter = parameter;
  }
}

export class NotFoundError extends AppError {
  readonly status = 404;
  readonly code = 'NOT_FOUND';

  constructor(path: string) {
    super(`there is nothing at ${path.slice(0, 200)}; GET / lists the routes`);
  }
}

export class MethodNotAllowedError extends AppError {
  readonly status = 405;
  readonly code = 'METHOD_NOT_ALLOWED';
  override readonly headers: Readonly<Record<string, string>>;

  constructor(method: string, allow: string) {
    super(`${method} is not supported here; allowed is ${allow}`);
    this.headers = { Allow: allow };
  }
}

/** A plain request where only a WebSocket is served. */
export class UpgradeRequiredError extends AppError {
  readonly status = 426;
  readonly code = 'UPGRADE_REQUIRED';
  override readonly headers = { Connection: 'Upgrade', Upgrade: 'websocket' };

  constructor() {
    super('this path serves WebSockets only; connect with ws://');
  }
}

/** A field of a JSON body with a value that is not allowed. */
export class InvalidFieldError extends AppError {
  readonly status = 400;
  readonly code = 'INVALID_FIELD';
  readonly field: string;

  constructor(field: string, given: unknown, allowed: string) {
    super(`${field} is ${given === undefined ? 'missing' : describe(given)}; allowed is ${allowed}`);
    this.field = field;
  }
}

export class NotLoggedInError extends AppError {
  readonly status = 401;
  readonly code = 'NOT_LOGGED_IN';

  constructor() {
    super('log in first: POST /api/login with name and password');
  }
}

export class WrongPasswordError extends AppError {
  readonly status = 401;
  readonly code = 'WRONG_PASSWORD';

  constructor() {
    super('the name is registered with another password');
  }
}

/** A request that another site's page made. */
export class CrossSiteError extends AppError {
  readonly status = 403;
  readonly code = 'CROSS_SITE';

  constructor() {
    super('requests that change something are taken from this site’s own pages only');
  }
}

/** Too many attempts of something that is counted by more than the address. */
export class TooManyAttemptsError extends AppError {
  readonly status = 429;
  readonly code = 'RATE_LIMITED';
  override readonly headers: Readonly<Record<string, string>>;

  constructor(what: string, retryAfterMs: number) {
    const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
    super(`too many attempts ${what}; try again in ${seconds} s`);
    this.headers = { 'Retry-After': String(seconds) };
  }
}

/** There is none, or none that this user may know of. */
export class NoSuchThingError extends AppError {
  readonly status = 404;
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a library refused or could not do; `code` is the library's own. */
export class DependencyError extends AppError {
  readonly status: number;
  readonly code: string;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, options: { cause: unknown; retryAfterMs: number | null }) {
    super(message, { cause: options.cause });
    this.status = status;
    this.code = code;
    this.headers =
      options.retryAfterMs === null
        ? {}
        : { 'Retry-After': String(Math.max(1, Math.ceil(options.retryAfterMs / 1_000))) };
  }
}

/** The value as the client sent it, shortened: an error must not echo a megabyte. */
function describe(given: unknown): string {
  if (Array.isArray(given)) return `given ${given.length} times`;
  const text = JSON.stringify(given) ?? typeof given;
  return text.length > 60 ? `${text.slice(0, 57)}..."` : text;
}
