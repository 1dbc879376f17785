/** Numbers from query strings. */
import { InvalidParameterError } from '../errors.ts';

export interface WholeNumberRule {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
  /** For the error message: `milliseconds`. */
  readonly unit: string;
}

/**
 * The whole number that `query[name]` holds, or the fallback when it is absent.
 * @throws InvalidParameterError when it is anything else: empty, repeated, a fraction, out of range
 */
export function wholeNumber(query: Readonly<Record<string, unknown>>, name: string, rule: WholeNumberRule): number {
  const given = query[name];
  if (given === undefined) return rule.fallback;
  const value = typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= rule.min && value <= rule.max) return value;
  throw new InvalidParameterError(name, given, `one whole number from ${rule.min} to ${rule.max} (${rule.unit})`);
}
