/**
 * A session as its top-level fields, each as JSON text: what a request changed is found by comparing texts, and two requests that
 * changed different fields both keep their change. Pure.
 */
import { MAX_TTL_MS } from '../arguments.ts';
import { SessionError } from './session-error.ts';

/** Field name to its JSON text. A map, so that a field called `__proto__` is a field. */
export type SessionFields = ReadonlyMap<string, string>;

/** The cookie's moment of expiry is not kept: the record's own time to live says it, and it moves with every touch. */
const COOKIE = 'cookie';

/**
 * The fields of a session as an app holds it. What JSON leaves out (functions, undefined) is left out.
 *
 * @throws SessionError SESSION_NOT_JSON: a field is circular, or holds a BigInt
 */
export function fieldsOf(session: object): SessionFields {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(session)) {
    const text = textOf(name, value);
    if (text !== undefined) fields.set(name, text);
  }
  return fields;
}

function textOf(name: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(name === COOKIE ? keptOfCookie(value) : value);
  } catch (cause) {
    throw new SessionError(
      'SESSION_NOT_JSON',
      `The session's field ${JSON.stringify(name)} cannot be written as JSON`,
      {
        cause,
      },
    );
  }
}

function keptOfCookie(cookie: unknown): object {
  const { expires: _, ...kept } = JSON.parse(JSON.stringify(cookie ?? {})) as Record<string, unknown>;
  return kept;
}

/** The text of a record. */
export function writeFields(fields: SessionFields): string {
  return `{${[...fields].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

/** Reads a record's text; undefined: it is not a session (not JSON, no object, or without a cookie). */
export function readFields(text: string): SessionFields | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(parsed) || !isObject(parsed[COOKIE])) return undefined;
  return fieldsOf(parsed);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether both hold the same fields with the same content. */
export function sameFields(one: SessionFields, other: SessionFields): boolean {
  return one.size === other.size && [...one].every(([name, text]) => other.get(name) === text);
}

/**
 * Three-way merge: what happened between `base` and `mine` (fields set, changed, removed) done to `current`. Where both changed one field,
 * mine wins, because it is saved later.
 */
export function mergeFields(base: SessionFields, mine: SessionFields, current: SessionFields): SessionFields {
  const merged = new Map(current);
  for (const [name, text] of mine) {
    if (base.get(name) !== text) merged.set(name, text);
  }
  for (const name of base.keys()) {
    if (!mine.has(name)) merged.delete(name);
  }
  return merged;
}

/**
 * How long a session lives from now: its cookie's `originalMaxAge`, as the cookie in the browser does after a touch, else `fallbackMs`.
 * 0 or less: it has ended. Never more than a record may live, ten years.
 */
export function timeToLiveMs(fields: SessionFields, fallbackMs: number): number {
  const cookie = JSON.parse(fields.get(COOKIE) ?? 'null') as { originalMaxAge?: unknown } | null;
  const maxAgeMs = cookie?.originalMaxAge;
  return typeof maxAgeMs === 'number' && Number.isFinite(maxAgeMs)
    ? Math.min(Math.ceil(maxAgeMs), MAX_TTL_MS)
    : fallbackMs;
}

/** The session's plain data, as `Store#createSession` takes it: a cookie with a maximum age gets its moment of expiry back. */
export function toSessionData(fields: SessionFields, expiresMs: number): Record<string, unknown> {
  const data = JSON.parse(writeFields(fields)) as Record<string, unknown>;
  const cookie = data[COOKIE] as { originalMaxAge?: unknown; expires?: string };
  if (typeof cookie.originalMaxAge === 'number') cookie.expires = new Date(expiresMs).toISOString();
  return data;
}
