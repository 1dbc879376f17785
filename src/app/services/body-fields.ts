/** Fields of JSON bodies. */
import { InvalidFieldError } from '../errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** @throws InvalidFieldError when the body is no JSON object */
export function fieldsOf(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields;
  throw new InvalidFieldError('the body', body, 'a JSON object, sent with Content-Type: application/json');
}

/** @throws InvalidFieldError */
export function textField(fields: Fields, name: string, pattern: RegExp, allowed: string): string {
  const given = fields[name];
  if (typeof given === 'string' && pattern.test(given)) return given;
  throw new InvalidFieldError(name, given, allowed);
}

/** @throws InvalidFieldError */
export function wholeField(fields: Fields, name: string, min: number, max: number): number {
  const given = fields[name];
  if (Number.isInteger(given) && (given as number) >= min && (given as number) <= max) return given as number;
  throw new InvalidFieldError(name, given, `a whole number from ${min} to ${max}`);
}
