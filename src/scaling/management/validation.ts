/** Request bodies, queries and path parameters against their schemas; every mistake at once, by the name of its field. */
import type { z } from 'zod';
import { type FieldError, ProblemError } from './problem.ts';

const MAX_GIVEN_LENGTH = 80;

/**
 * The parsed value.
 * @param where what is checked, for the message: `body`, `query`, `path`
 * @throws ProblemError 400 INVALID_REQUEST. The schemas' own error texts are what is *allowed*; what was *given* is added here.
 */
export function validate<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = new Map<string, FieldError>();
  for (const error of result.error.issues.flatMap((issue) => fieldErrors(issue, value, schema, where))) {
    if (!errors.has(error.field)) errors.set(error.field, error);
  }
  const list = [...errors.values()];
  const detail = list.map(({ field, given, allowed }) => `${field}: ${given} given, allowed is ${allowed}`).join('; ');
  throw new ProblemError(400, 'INVALID_REQUEST', detail, { errors: list });
}

function fieldErrors(issue: z.core.$ZodIssue, value: unknown, schema: z.ZodType, where: string): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownFields(schema);
    const allowed = known.length === 0 ? 'no field at all' : `only ${known.join(', ')}`;
    return issue.keys.map((key) => ({ field: key, given: shown((value as Record<string, unknown>)[key]), allowed }));
  }
  if (issue.path.length === 0) return [{ field: where, given: shown(value), allowed: issue.message }];
  const given = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], value);
  return [{ field: issue.path.join('.'), given: shown(given), allowed: issue.message }];
}

function knownFields(schema: z.ZodType): string[] {
  return 'shape' in schema ? Object.keys(schema.shape as object) : [];
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= MAX_GIVEN_LENGTH ? text : `${text.slice(0, MAX_GIVEN_LENGTH - 1)}…`;
}
