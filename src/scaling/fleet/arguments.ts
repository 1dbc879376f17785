/** What the fleet is given, by people and other programs. */
import { FleetError } from './errors.ts';

export function isText(value: unknown, [least, most]: readonly [number, number]): value is string {
  return typeof value === 'string' && value.length >= least && value.length <= most;
}

export function isWhole(value: unknown, [least, most]: readonly [number, number]): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** @throws FleetError FLEET_BAD_ARGUMENT that names the field, what was given and what is allowed */
export function refuse(field: string, given: unknown, allowed: string): never {
  // JSON has no word for NaN.
  const shown = typeof given === 'number' ? String(given) : JSON.stringify(given);
  throw new FleetError('FLEET_BAD_ARGUMENT', `${field}: ${shown} given, allowed is ${allowed}`);
}
