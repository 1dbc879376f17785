/** The kinds of option: how a value from a file, the environment or a flag is read, and what is allowed, in words. */
import { z } from 'zod';
import { BYTE_SIZE_ALLOWED, parseByteSize } from './byte-size.ts';

/** What an option's value can be. */
export type OptionValue = number | boolean | string | readonly string[];

/** One option. `schema` reads what a file, an environment variable or a flag can hold. */
export interface Option<T extends OptionValue> {
  /** Name of its environment variable. */
  readonly env: string;
  readonly schema: z.ZodType<T>;
  readonly fallback: T;
  /** What is allowed, in words, for error messages: `a whole number from 1 to 1000`. */
  readonly allowed: string;
  readonly doc: string;
  /** An earlier name of the variable, which is read when the name itself is not set. */
  readonly alias?: string;
  /** True: the value is never shown. */
  readonly secret?: boolean;
}

export type OptionTable = Readonly<Record<string, Option<OptionValue>>>;

type Range = readonly [min: number, max: number];
type TextRules = { readonly allowed: string; readonly pattern: RegExp };

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

export function integer(env: string, fallback: number, [min, max]: Range, unit: string, doc: string): Option<number> {
  const schema = z.preprocess(
    (value) => (typeof value === 'string' && /^[+-]?\d{1,17}$/.test(value.trim()) ? Number(value) : value),
    z.number().int().min(min).max(max),
  );
  return { env, schema, fallback, allowed: `a whole number from ${min} to ${max} (${unit})`, doc };
}

/**
 * A size in bytes; texts may carry a unit, `300M`.
 * @param least the smallest allowed; without it 0 is, which switches off
 */
export function byteSize(env: string, fallback: number, doc: string, least = 0): Option<number> {
  const schema = z.preprocess(
    (value) => (typeof value === 'string' ? (parseByteSize(value) ?? value) : value),
    z.number().int().min(least).max(Number.MAX_SAFE_INTEGER),
  );
  const bound = least === 0 ? '0 = off' : `at least ${least}`;
  return { env, schema, fallback, allowed: `${BYTE_SIZE_ALLOWED} (bytes); ${bound}`, doc };
}

export function flag(env: string, fallback: boolean, doc: string): Option<boolean> {
  const schema = z.preprocess((value) => {
    const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
    return word !== undefined && Object.hasOwn(WORDS, word) ? WORDS[word] : value;
  }, z.boolean());
  return { env, schema, fallback, allowed: 'true or false', doc };
}

export function oneOf<const T extends string>(
  env: string,
  fallback: NoInfer<T>,
  values: readonly T[],
  doc: string,
): Option<T> {
  const schema = z.custom<T>((value) => values.some((allowed) => allowed === value));
  return { env, schema, fallback, allowed: `one of ${values.join(', ')}`, doc };
}

export function text(env: string, fallback: string, doc: string, rules?: TextRules): Option<string> {
  const schema = rules === undefined ? z.string().max(4096) : z.string().max(4096).regex(rules.pattern);
  return { env, schema, fallback, allowed: rules?.allowed ?? 'text of up to 4096 characters', doc };
}

/** A list; texts are split at commas. Each item must match `item`. */
export function list(env: string, allowed: string, item: RegExp, doc: string): Option<readonly string[]> {
  const split = (value: string): string[] => value.split(',').flatMap((part) => part.trim() || []);
  const schema = z.preprocess(
    (value) => (typeof value === 'string' ? split(value) : value),
    z.array(z.string().regex(item)).readonly(),
  );
  return { env, schema, fallback: [], allowed, doc };
}

/** The same option, also read under an earlier name. */
export function aliased<T extends OptionValue>(option: Option<T>, alias: string): Option<T> {
  return { ...option, alias };
}

/** The same option with its value kept out of messages and logs. */
export function secret<T extends OptionValue>(option: Option<T>): Option<T> {
  return { ...option, secret: true };
}
