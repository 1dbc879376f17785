import * as check from '../arguments.ts';
import type { Count, Value } from '../shared-state.ts';
import type { Encode } from './transport.ts';
import type { WireReader } from './wire-reader.ts';

/* How arguments that several operations have are checked and written, and their results read. */

export const readNothing = (): void => {};
export const readFlag = (reply: WireReader): boolean => reply.flag();
export const readSize = (reply: WireReader): number => reply.size();
export const readNumber = (reply: WireReader): number => reply.number();
export const readTexts = (reply: WireReader): string[] => reply.texts();
export const readOptional = (reply: WireReader): Buffer | undefined => (reply.flag() ? reply.bytes() : undefined);
export const readCount = (reply: WireReader): Count => ({ value: reply.number(), ttlMs: reply.number() });
export const readJson = (reply: WireReader): unknown => {
  const text = reply.text();
  return text === '' ? undefined : JSON.parse(text);
};

export function encodeKey(key: string): Encode {
  return (request) => {
    check.checkKey(key);
    request.text(key);
  };
}

export function encodeNames(key: string, what: string, names: readonly string[]): Encode {
  return (request) => {
    check.checkKey(key);
    check.checkNames(what, names);
    request.text(key);
    request.texts(names);
  };
}

export function encodeKept(key: string, value: Value, ttlMs: number | undefined): Encode {
  return (request) => {
    check.checkKey(key);
    check.checkValue(value);
    check.checkOptionalTtlMs(ttlMs);
    request.text(key);
    request.value(value);
    request.number(ttlMs ?? 0);
  };
}
