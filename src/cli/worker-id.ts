import { UsageError } from './errors.ts';

/** An argument parser for commander: a worker as `status` and `logs` name it, `3` or `w3`. */
export function workerId(text: string): number {
  const [, digits] = /^w?(\d{1,15})$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new UsageError(`${JSON.stringify(text)} is no worker; give its id, as tidegate status shows it: 3 or w3`);
}
