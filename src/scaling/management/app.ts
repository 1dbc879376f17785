/** The route table as an express app. The only module that knows express; it is loaded when the first listener starts. */
import type { IncomingMessage } from 'node:http';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { refuseTokenInUrl } from './access/query-token.ts';
import type { Authentication, Caller, Entrance } from './authentication.ts';
import type { EventHub } from './event-hub.ts';
import { ProblemError, problemBody, toProblem } from './problem.ts';
import type { Route } from './route.ts';
import { setCorsHeaders, setSecurityHeaders } from './security-headers.ts';
import type { ManagementServices } from './services.ts';
import { validate } from './validation.ts';
import type { WebGuard } from './web-guard.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** The listener that a request came in by. */
export interface Listener {
  readonly entrance: Entrance;
  /** Undefined for the socket: no browser reaches it. */
  readonly guard: WebGuard | undefined;
}

export interface AppParts {
  readonly services: ManagementServices;
  readonly authentication: Authentication;
  readonly routes: readonly Route[];
  readonly hub: EventHub;
  readonly listenerOf: (request: IncomingMessage) => Listener;
  readonly nowMs: () => number;
  readonly answerTimeoutMs: number;
  /** An error that the client is told nothing about. */
  readonly onError: (error: unknown, what: string) => void;
}

/** Builds the app that all listeners share. */
export function buildApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  const methodsByPath = allowedMethods(parts.routes);

  app.use((request, response, next) => {
    setSecurityHeaders(response);
    if (!request.url.startsWith('/')) {
      throw new ProblemError(400, 'BAD_PATH', 'The request target must be a path that begins with /');
    }
    const { guard } = parts.listenerOf(request);
    if (parts.services.config.allowedOrigins.length > 0) response.setHeader('Vary', 'Origin');
    const origin = guard?.check(request);
    refuseTokenInUrl(request.url);
    if (origin !== undefined) setCorsHeaders(response, origin, ['GET', 'HEAD', 'POST', 'DELETE']);
    next();
  });

  const readBody = express.json({ limit: MAX_BODY_BYTES, strict: false, inflate: false, type: () => true });
  for (const route of parts.routes) {
    const chain = route.body === undefined ? [] : [demandJson, readBody];
    const admit: RequestHandler = async (request, response, next) => {
      const { entrance } = parts.listenerOf(request);
      response.locals.caller = await parts.authentication.admit(request, entrance, route.access);
      next();
    };
    app[expressMethod(route)](route.path, admit, ...chain, handler(route, parts));
  }
  for (const [path, methods] of methodsByPath) {
    app.all(path, (request, response) => answerOtherMethod(request, response, methods));
  }

  app.use((request: Request) => {
    throw new ProblemError(404, 'NOT_FOUND', `There is no ${request.path}; GET /openapi.json lists what there is`);
  });
  app.use(errorAnswer(parts));
  return app;
}

function handler(route: Route, parts: AppParts): RequestHandler {
  const { services, authentication, hub, nowMs } = parts;
  const auditAs = ({ who, role, from }: Caller, action: string, before: unknown, after: unknown): void =>
    services.audit.write({ atMs: nowMs(), who, role, from, action, before, after });
  return async (request, response) => {
    const caller = response.locals.caller as Caller;
    const answer = await route.handle({
      services,
      authentication,
      caller,
      hub,
      nowMs,
      request,
      response,
      params: route.params && validate(route.params, { ...request.params }, 'path'),
      query: route.query && validate(route.query, { ...request.query }, 'query'),
      body: route.body && validate(route.body, request.body === undefined ? {} : request.body, 'body'),
      auditAs,
      audit: (action, before, after) => auditAs(caller, action, before, after),
    });
    if (answer === undefined) return;
    if ('text' in answer) {
      for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
      finish(response, 200, answer.contentType, answer.text, parts);
    } else {
      finish(response, answer.status ?? 200, 'application/json; charset=utf-8', json(answer.body), parts);
    }
  };
}

function finish(response: Response, status: number, contentType: string, text: string, parts: AppParts): void {
  // Node puts its own timeout back before the next request of the connection.
  response.setTimeout(parts.answerTimeoutMs);
  response.statusCode = status;
  response.setHeader('Content-Type', contentType);
  response.end(text);
}

/** With a line break, for terminals. */
function json(body: object): string {
  return `${JSON.stringify(body)}\n`;
}

/** A body must say that it is JSON, which no HTML form can. No body at all is an empty one. */
const demandJson: RequestHandler = (request, _response, next) => {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    const given = request.headers['content-type'] ?? 'none';
    const detail = `Content-Type ${given} given, allowed is application/json (curl: -H 'Content-Type: application/json')`;
    throw new ProblemError(415, 'UNSUPPORTED_MEDIA_TYPE', detail);
  }
  next();
};

function answerOtherMethod(request: Request, response: Response, methods: readonly string[]): void {
  response.setHeader('Allow', methods.join(', '));
  if (request.method === 'OPTIONS') {
    response.status(204).end();
    return;
  }
  const detail = `${request.method} is not allowed on ${request.path}, allowed is ${methods.join(', ')}`;
  throw new ProblemError(405, 'METHOD_NOT_ALLOWED', detail);
}

function allowedMethods(routes: readonly Route[]): Map<string, string[]> {
  const byPath = new Map<string, string[]>();
  for (const { method, path } of routes) {
    const methods = byPath.get(path) ?? ['OPTIONS'];
    methods.push(...(method === 'GET' ? ['GET', 'HEAD'] : [method]));
    byPath.set(path, methods);
  }
  return byPath;
}

function expressMethod({ method }: Route): 'get' | 'post' | 'delete' {
  if (method === 'GET') return 'get';
  return method === 'POST' ? 'post' : 'delete';
}

function errorAnswer(parts: AppParts): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (error, request, response, _next) => {
    const problem = toProblem(error);
    if (problem.status === 500) parts.onError(error, `${request.method} ${request.path}`);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(problem.options.headers ?? {})) response.setHeader(name, value);
    finish(response, problem.status, 'application/problem+json; charset=utf-8', json(problemBody(problem)), parts);
  };
}
