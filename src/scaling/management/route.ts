/** What a route is. The server, the OpenAPI document and the tests all read the same table of these. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Access, Authentication, Caller } from './authentication.ts';
import type { EventHub } from './event-hub.ts';
import { ProblemError } from './problem.ts';
import type { ManagementServices } from './services.ts';

export type Method = 'GET' | 'POST' | 'DELETE';

/** What a handler gets: validated input, the caller, and the runtime's services. */
export interface RouteContext<Body, Query, Params> {
  readonly services: ManagementServices;
  readonly authentication: Authentication;
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly hub: EventHub;
  readonly nowMs: () => number;
  /** Writes one change of the caller to the audit log. */
  audit(action: string, before: unknown, after: unknown): void;
  /** The same for somebody whom the request itself made known, as a login does. */
  auditAs(caller: Caller, action: string, before: unknown, after: unknown): void;
}

/** Sent as JSON; status 200 unless it says otherwise. */
export interface JsonAnswer {
  readonly status?: number;
  readonly body: object;
}

/** Sent as it is, with status 200. */
export interface TextAnswer {
  readonly contentType: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Undefined: the handler writes the response itself, as streams do. */
export type Answer = JsonAnswer | TextAnswer | undefined;

export interface Route<Body = unknown, Query = unknown, Params = unknown> {
  readonly method: Method;
  /** With parameters as `:name`. */
  readonly path: string;
  readonly access: Access;
  readonly tag: string;
  readonly summary: string;
  readonly body?: z.ZodType<Body>;
  readonly query?: z.ZodType<Query>;
  readonly params?: z.ZodType<Params>;
  /** Statuses beside those that every route can answer with, and what each means. */
  readonly answers: Readonly<Record<number, string>>;
  /** Error statuses whose body is not a problem but the route's own JSON. */
  readonly plainErrors?: readonly number[];
  /** Of a success; `application/json` when absent. */
  readonly contentType?: string;
  /** @throws ProblemError */
  handle(context: RouteContext<Body, Query, Params>): Answer | Promise<Answer>;
}

/** Ties the handler's types to the schemas, then forgets them, so that routes fit in one table. */
export function route<Body = undefined, Query = undefined, Params = undefined>(
  declaration: Route<Body, Query, Params>,
): Route {
  return declaration as Route;
}

/** For changes that take nothing: an empty body, or `{}`. */
export const NO_FIELDS = z.strictObject({}, { error: () => 'an empty JSON object, or no body' });

/** A reason for the log, at most 500 characters. */
export const REASON = z
  .string({ error: () => 'a text of at most 500 characters' })
  .max(500, { error: () => 'a text of at most 500 characters' })
  .describe('Why; stands in the log, the audit log and the decision.');

/** @throws ProblemError 409 STOPPING: a runtime that is on its way out takes no changes. */
export function refuseWhileStopping(services: ManagementServices): void {
  if (!services.cluster.status().stopping) return;
  throw new ProblemError(409, 'STOPPING', 'The runtime is stopping and takes no changes any more');
}
