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

/** The value as the client sent it, shortened: an error must not echo a megabyte. */
function describe(given: unknown): string {
  if (Array.isArray(given)) return `given ${given.length} times`;
  const text = JSON.stringify(given);
  return text.length > 60 ? `${text.slice(0, 57)}..."` : text;
}
