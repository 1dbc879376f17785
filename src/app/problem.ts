/** Errors as `application/problem+json` (RFC 9457): the only place where an error becomes a status. */
import { STATUS_CODES } from 'node:http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { asDependencyError } from './dependency-error.ts';
import { AppError, InvalidFieldError, InvalidParameterError, MethodNotAllowedError, NotFoundError } from './errors.ts';

export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** The query parameter at fault. */
  readonly parameter?: string;
  /** The field of the body at fault. */
  readonly field?: string;
}

/** The problem that describes `error`. An error that is not the client's fault tells the client nothing but that. */
export function toProblem(error: unknown): Problem {
  if (error instanceof AppError) {
    const problem = problemOf(error.status, error.code, error.message);
    if (error instanceof InvalidFieldError) return { ...problem, field: error.field };
    return error instanceof InvalidParameterError ? { ...problem, parameter: error.parameter } : problem;
  }
  const dependency = asDependencyError(error);
  if (dependency !== undefined) return toProblem(dependency);
  // Express refuses a malformed path with an error that carries a 4xx status.
  const status = statusOf(error);
  if (status >= 400 && status < 500) return problemOf(status, 'BAD_REQUEST', 'the request could not be understood');
  return problemOf(500, 'INTERNAL_ERROR', 'the app failed; its log says why');
}

/** Last route: nothing matched. */
export function notFound(request: Request): never {
  throw new NotFoundError(request.path);
}

/** Ends a route's chain of methods: `router.route(path).post(…).all(allowOnly('POST'))`. */
export function allowOnly(allow: string): RequestHandler {
  return (request) => {
    throw new MethodNotAllowedError(request.method, allow);
  };
}

/** The same for a route that is only read. */
export const methodNotAllowed = allowOnly('GET, HEAD');

/** Express' error handler: four parameters are what tells it from a route. */
export function sendProblem(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  const shown = asDependencyError(error) ?? error;
  const problem = toProblem(shown);
  // What a dependency does not do at the moment is told by health and metrics, not by a stack for each request.
  if (problem.status >= 500 && !(shown instanceof AppError)) console.error(error);
  // It was about something that is done after the answer, such as keeping a session.
  if (response.writableEnded) return;
  // Half a response is out already: Express cuts the connection, which is all the client can still be told.
  if (response.headersSent) {
    next(error);
    return;
  }
  if (shown instanceof AppError) response.set(shown.headers);
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

function problemOf(status: number, code: string, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code, detail };
}

function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null | undefined)?.status;
  return typeof status === 'number' ? status : 500;
}
