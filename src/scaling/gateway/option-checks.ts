import { GatewayOptionError } from './errors.ts';

const WHOLE = 'a whole number of at least 1';
const RATIO = 'a number from 0 to 1';
export const TIME = 'a number of milliseconds above 0 and below 2^31';

/** @throws GatewayOptionError unless `valid` */
export function demand(option: string, given: unknown, valid: boolean, allowed: string): void {
  if (!valid) throw new GatewayOptionError(option, given, allowed);
}

/** A whole number of at least `least`. */
export function whole(option: string, given: number | undefined, byDefault: number, least: number): number {
  const value = given ?? byDefault;
  demand(option, value, Number.isInteger(value) && value >= least, `a whole number of at least ${least}`);
  return value;
}

/** A whole number; no limit when it is not given. */
export function limit(option: string, given: number | undefined): number {
  if (given === undefined || given === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  demand(option, given, Number.isInteger(given) && given >= 1, WHOLE);
  return given;
}

/** From 0 to 1. */
export function ratio(option: string, given: number | undefined, byDefault: number): number {
  const value = given ?? byDefault;
  demand(option, value, value >= 0 && value <= 1, RATIO);
  return value;
}

/** Milliseconds. */
export function time(option: string, given: number | undefined, byDefault: number): number {
  const value = given ?? byDefault;
  demand(option, value, isTime(value), TIME);
  return value;
}

export function isTime(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value < 2 ** 31;
}

export function withoutUndefined<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}

export function isWeight(weight: number): boolean {
  return Number.isFinite(weight) && weight > 0;
}
