/** Errors as `application/problem+json` (RFC 9457): the only place where an error becomes a status. */
import { STATUS_CODES } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { AppError, InvalidParameterError, MethodNotAllowedError, NotFoundError } from './errors.ts';

export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** The query parameter at fault. */
  readonly parameter?: string;
}

/** The problem that describes `error`. An error that is not the client's fault tells the client nothing but that. */
export function toProblem(error: unknown): Problem {
  if (error instanceof AppError) {
    const problem = problemOf(error.status, error.code, error.message);
    return error instanceof InvalidParameterError ? { ...problem, parameter: error.parameter } : problem;
  }
  // Express refuses a malformed path with an error that carries a 4xx status.
  const status = statusOf(error);
  if (status >= 400 && status < 500) return problemOf(status, 'BAD_REQUEST', 'the request could not be understood');
  return problemOf(500, 'INTERNAL_ERROR', 'the app failed; its log says why');
}

/** Last route: nothing matched. */
export function notFound(request: Request): never {
  throw new NotFoundError(request.path);
}

/** Ends a route's chain of methods: `router.route(path).get(…).all(methodNotAllowed)`. */
export function methodNotAllowed(request: Request): never {
  throw new MethodNotAllowedError(request.method, 'GET, HEAD');
}

/** Express' error handler: four parameters are what tells it from a route. */
export function sendProblem(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  const problem = toProblem(error);
  if (problem.status >= 500) console.error(error);
  // Half a response is out already: Express cuts the connection, which is all the client can still be told.
  if (response.headersSent) {
    next(error);
    return;
  }
  if (error instanceof AppError) response.set(error.headers);
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

function problemOf(status: number, code: string, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code, detail };
}

function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null | undefined)?.status;
  return typeof status === 'number' ? status : 500;
}
