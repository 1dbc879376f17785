import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MetricName, parseScalingRules, type ScalingRule } from '../../config/rules.ts';
import type { Config } from '../../config/schema.ts';
import { lintRules } from '../scaling/autoscale/linter.ts';
import { createPolicy, type PolicyOverrides, type ScalingPolicy } from '../scaling/autoscale/policy.ts';
import { parseSchedules, type Schedule } from '../scaling/autoscale/schedule/schedule.ts';
import type { ShadowPolicy } from '../scaling/autoscale/shadow.ts';
import { PolicyFileError, readPolicyFile } from '../scaling/simulate/policy-file.ts';

const SHIPPED_RULES = fileURLToPath(new URL('../../config/scaling-rules.json', import.meta.url));

/** A rules file that can't be read or is not JSON. */
export class RulesFileError extends Error {
  override readonly name = 'RulesFileError';
  readonly code = 'RULES_FILE';
}

/** SCALING_SCHEDULES that can't be read. */
export class SchedulesError extends Error {
  override readonly name = 'SchedulesError';
  readonly code = 'SCALING_SCHEDULES';
}

/**
 * The scaling policy of a configuration: its limits, and the rules of its file or the shipped ones.
 * @throws RulesFileError when the file can't be read, RulesError when it has mistakes, SchedulesError for schedules that have
 */
export function loadScalingPolicy(config: Config): ScalingPolicy {
  const limits = { min: config.minInstances, max: config.maxInstances };
  const file = config.scalingRulesFile === '' ? SHIPPED_RULES : config.scalingRulesFile;
  const overrides: PolicyOverrides = {
    enabled: config.autoScalingEnabled,
    mode: config.scalingMode,
    scaleDownStabilizationMs: config.scaleDownStabilizationMs,
    schedules: schedulesOf(config),
    guards: { latencyObjectiveMs: config.latencyObjectiveMs },
  };
  const lint = (rules: readonly ScalingRule[]): readonly string[] => lintRules(createPolicy(rules, limits, overrides));
  const rules = parseScalingRules(readJson(file), lint);
  const supplanted = config.scalingMode === 'auto' && file === SHIPPED_RULES;
  return createPolicy(supplanted ? rules.filter(hasOwnSubject) : rules, limits, overrides);
}

/** Each is another decision a second. */
const MOST_SHADOWS = 4;

/**
 * The policies of SHADOW_POLICY, each the live one with what its file changes.
 * @throws PolicyFileError for a file that can't be used, or too many of them
 */
export function loadShadowPolicies({ shadowPolicy }: Config, live: ScalingPolicy): readonly ShadowPolicy[] {
  const files = shadowPolicy.split(',').flatMap((file) => file.trim() || []);
  if (files.length > MOST_SHADOWS)
    throw new PolicyFileError(`SHADOW_POLICY: given ${files.length} files; at most ${MOST_SHADOWS} are allowed`);
  const shadows = files.map((file) => ({
    name: path.basename(file, '.json'),
    policy: readPolicyFile(file, live, 'SHADOW_POLICY'),
  }));
  const names = shadows.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice === undefined) return shadows;
  throw new PolicyFileError(`SHADOW_POLICY: two files are named ${twice}; their names tell their policies apart`);
}

/** What the demand core measures better: load, and latency by it. That memory fills up is no reason for a worker that takes more of it. */
const MEASURED_BETTER: ReadonlySet<MetricName> = new Set(['cpu', 'elu', 'responseTime', 'memory']);

/** Shipped rules that say something the demand core does not know. Rules of a file of one's own are all heeded. */
function hasOwnSubject({ metric }: ScalingRule): boolean {
  return !MEASURED_BETTER.has(metric);
}

function schedulesOf({ scalingSchedules }: Config): readonly Schedule[] {
  try {
    return parseSchedules(scalingSchedules);
  } catch (error) {
    throw new SchedulesError(`SCALING_SCHEDULES: ${(error as Error).message}`);
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RulesFileError(`SCALING_RULES_FILE: ${file} can't be used: ${(error as Error).message}`);
  }
}
