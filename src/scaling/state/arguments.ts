import { StateError } from './errors.ts';
import type { Amount, Value } from './shared-state.ts';

/** Longest key, channel, field, member, token or name, in bytes of UTF-8. */
const MAX_NAME_BYTES = 1024;
/** Largest value or message. What fits one driver fits all. */
export const MAX_VALUE_BYTES = 16 * 1024 * 1024;
/** Longest life of an entry: ten years. */
export const MAX_TTL_MS = 10 * 365 * 24 * 3600 * 1000;
/** Most of an array: keys, fields, members, amounts. */
const MAX_ITEMS = 100_000;

/** No string of this many UTF-16 units can have more than MAX_NAME_BYTES bytes: a unit has at most 3. */
const SURELY_SHORT = Math.floor(MAX_NAME_BYTES / 3);

/** What `value` looks like in an error message; never a secret's full length. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}

function bad(what: string, given: unknown, allowed: string): StateError {
  return new StateError('STATE_BAD_ARGUMENT', `${what} is ${shown(given)}; it must be ${allowed}`);
}

/**
 * A name of any sort: `what` says which, for the message.
 * @throws StateError STATE_BAD_ARGUMENT unless it is a string of 1 to 1,024 bytes
 */
export function checkName(what: string, name: unknown): asserts name is string {
  if (typeof name === 'string' && name.length > 0) {
    if (name.length <= SURELY_SHORT || Buffer.byteLength(name) <= MAX_NAME_BYTES) return;
  }
  throw bad(what, name, `a string of 1 to ${MAX_NAME_BYTES} bytes`);
}

/** @throws StateError STATE_BAD_ARGUMENT unless it is a string of 1 to 1,024 bytes */
export function checkKey(key: unknown): asserts key is string {
  checkName('the key', key);
}

/** @throws StateError STATE_BAD_ARGUMENT unless it is an array of names */
export function checkNames(what: string, names: unknown): asserts names is readonly string[] {
  if (!Array.isArray(names) || names.length > MAX_ITEMS) {
    throw bad(`the list of ${what}s`, names, `an array of at most ${MAX_ITEMS} strings`);
  }
  for (const name of names) checkName(`the ${what}`, name);
}

/** @throws StateError STATE_BAD_ARGUMENT unless it is a string of 0 to 1,024 bytes: the empty prefix begins every key */
export function checkPrefix(prefix: unknown): asserts prefix is string {
  if (prefix !== '') checkName('the prefix', prefix);
}

/** @throws StateError STATE_BAD_ARGUMENT unless it is a string or bytes, of at most 16 MiB */
export function checkValue(value: unknown): asserts value is Value {
  if (typeof value === 'string') {
    if (value.length * 3 <= MAX_VALUE_BYTES || Buffer.byteLength(value) <= MAX_VALUE_BYTES) return;
    throw bad('the value', `a string of ${Buffer.byteLength(value)} bytes`, `at most ${MAX_VALUE_BYTES} bytes long`);
  }
  if (!(value instanceof Uint8Array)) throw bad('the value', value, 'a string or a Uint8Array');
  if (value.byteLength > MAX_VALUE_BYTES) {
    throw bad('the value', `${value.byteLength} bytes`, `at most ${MAX_VALUE_BYTES} bytes long`);
  }
}

/** @throws StateError STATE_BAD_ARGUMENT unless it is a whole number of milliseconds from 1 to ten years */
export function checkTtlMs(ttlMs: unknown): asserts ttlMs is number {
  if (Number.isInteger(ttlMs) && (ttlMs as number) > 0 && (ttlMs as number) <= MAX_TTL_MS) return;
  throw bad('ttlMs', ttlMs, `a whole number of milliseconds from 1 to ${MAX_TTL_MS}`);
}

/** As `checkTtlMs`; undefined is an entry that stays. */
export function checkOptionalTtlMs(ttlMs: unknown): asserts ttlMs is number | undefined {
  if (ttlMs !== undefined) checkTtlMs(ttlMs);
}

/** @throws StateError STATE_BAD_ARGUMENT unless it is above 0 and finite; undefined is the driver's own deadline */
export function checkTimeoutMs(timeoutMs: unknown): asserts timeoutMs is number | undefined {
  if (timeoutMs === undefined || (Number.isFinite(timeoutMs) && (timeoutMs as number) > 0)) return;
  throw bad('timeoutMs', timeoutMs, 'a number of milliseconds above 0');
}

/** What an increment adds. @throws StateError STATE_BAD_ARGUMENT unless it is a safe integer */
export function checkBy(by: unknown): asserts by is number {
  if (!Number.isSafeInteger(by)) throw bad('by', by, `a whole number within ±${Number.MAX_SAFE_INTEGER}`);
}

/** A record's version, `least` being 0 where there may be no record. @throws StateError STATE_BAD_ARGUMENT */
export function checkVersion(what: string, version: unknown, least: 0 | 1): asserts version is number {
  if (Number.isSafeInteger(version) && (version as number) >= least) return;
  throw bad(what, version, `a whole number of at least ${least}`);
}

/** @throws StateError STATE_BAD_ARGUMENT unless every field has a name and a value */
export function checkFields(fields: unknown): asserts fields is Readonly<Record<string, Value>> {
  if (fields === null || typeof fields !== 'object' || Array.isArray(fields)) {
    throw bad('the fields', fields, 'an object of names and values');
  }
  const names = Object.keys(fields);
  if (names.length > MAX_ITEMS) throw bad('the number of fields', names.length, `at most ${MAX_ITEMS}`);
  for (const name of names) {
    checkName('the field', name);
    checkValue((fields as Record<string, unknown>)[name]);
  }
}

/** @throws StateError STATE_BAD_ARGUMENT unless each amount has a name, and whole `by` and `max` of at least 0 */
export function checkAmounts(amounts: unknown): asserts amounts is readonly Amount[] {
  if (!Array.isArray(amounts) || amounts.length === 0 || amounts.length > MAX_ITEMS) {
    throw bad('the list of amounts', amounts, `an array of 1 to ${MAX_ITEMS} amounts`);
  }
  const names = new Set<string>();
  for (const { name, by, max } of amounts) {
    checkName('the name of an amount', name);
    if (names.has(name)) throw bad('the name of an amount', name, 'named once in a reservation');
    names.add(name);
    if (!Number.isSafeInteger(by) || by < 0) throw bad(`by of ${name}`, by, 'a whole number of at least 0');
    if (!Number.isSafeInteger(max) || max < 0) throw bad(`max of ${name}`, max, 'a whole number of at least 0');
  }
}
