import { readFileSync } from 'node:fs';
import { parseScalingRules, RulesError } from '../../../config/rules.ts';
import { lintRules } from '../autoscale/linter.ts';
import { createPolicy, type ScalingPolicy } from '../autoscale/policy.ts';
import { parseSchedules } from '../autoscale/schedule/schedule.ts';

/** A policy file that can't be used. */
export class PolicyFileError extends Error {
  override readonly name = 'PolicyFileError';
  readonly code = 'POLICY_FILE';
}

/** Taken as they are: each has a check of its own. */
const WHOLE = new Set(['rules', 'schedules']);

/**
 * A policy that differs from `base` by what a JSON file says: fields of `ScalingPolicy` by name, nested ones too, such as
 * `{"mode": "rules", "scaleDownStabilizationMs": 45000, "guards": {"runDelayBlock": 0.3}}`; `rules` as in a rules file.
 * @param option the option that named the file, for messages
 * @throws {PolicyFileError} for a file that can't be read, a field that does not exist, or a value that it can't have
 */
export function readPolicyFile(file: string, base: ScalingPolicy, option?: string): ScalingPolicy {
  const where = option === undefined ? file : `${option}: ${file}`;
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new PolicyFileError(`${where} can't be used as a policy: ${(error as Error).message}`);
  }
  return applyOverrides(base, given, where);
}

/** @param where the file's name, for messages */
export function applyOverrides(base: ScalingPolicy, given: unknown, where: string): ScalingPolicy {
  // Every field of the result is one of `base`, of the same type.
  const merged = merge(base, given, where) as ScalingPolicy;
  if (!isObject(given)) return merged;
  const { mode } = merged;
  if (mode !== 'auto' && mode !== 'rules')
    throw new PolicyFileError(`${where}: mode: given ${JSON.stringify(mode)}; must be auto or rules`);
  try {
    const schedules = given.schedules === undefined ? base.schedules : parseSchedules(scheduleText(given.schedules));
    const policy: ScalingPolicy = { ...merged, schedules, rules: base.rules };
    createPolicy([], policy.limits);
    if (given.rules === undefined) return policy;
    const rules = parseScalingRules({ rules: given.rules }, (all) => lintRules({ ...policy, rules: all }));
    return { ...policy, rules };
  } catch (error) {
    const { message } = error as Error;
    throw new PolicyFileError(`${where}: ${error instanceof RulesError ? error.problems.join('; ') : message}`);
  }
}

function scheduleText(given: unknown): string {
  if (typeof given === 'string') return given;
  throw new PolicyFileError(`schedules: given ${JSON.stringify(given)}; must be a text as in SCALING_SCHEDULES`);
}

function merge(base: object, given: unknown, where: string): object {
  if (!isObject(given)) throw new PolicyFileError(`${where}: given ${JSON.stringify(given)}; must be an object`);
  const changed = Object.entries(given).map(([key, value]) => {
    const place = `${where}: ${key}`;
    if (!Object.hasOwn(base, key)) {
      throw new PolicyFileError(`${place}: there is no such field; there are ${Object.keys(base).join(', ')}`);
    }
    const present = (base as Readonly<Record<string, unknown>>)[key];
    if (WHOLE.has(key)) return [key, value];
    if (isObject(present)) return [key, merge(present, value, place)];
    if (typeof value !== typeof present && present !== null) {
      throw new PolicyFileError(`${place}: given ${JSON.stringify(value)}; must be a ${typeof present}`);
    }
    if (typeof value === 'number' && value < 0)
      throw new PolicyFileError(`${place}: given ${value}; must not be below 0`);
    return [key, value];
  });
  return { ...base, ...Object.fromEntries(changed) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
