import { createContext, Script } from 'node:vm';

/** Evaluates a part of a page's script, as the browser would, and gives what `expression` then is. */
export function evaluate<T>(source: string, expression: string, globals: Readonly<Record<string, unknown>> = {}): T {
  return new Script(`'use strict';\n${source}\n;${expression}`).runInContext(createContext({ ...globals })) as T;
}
