import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseScalingRules, type ScalingRule } from '../../config/rules.ts';
import type { Config } from '../../config/schema.ts';
import { lintRules } from '../scaling/autoscale/linter.ts';
import { createPolicy, type ScalingPolicy } from '../scaling/autoscale/policy.ts';

const SHIPPED_RULES = fileURLToPath(new URL('../../config/scaling-rules.json', import.meta.url));

/** A rules file that can't be read or is not JSON. */
export class RulesFileError extends Error {
  override readonly name = 'RulesFileError';
  readonly code = 'RULES_FILE';
}

/**
 * The scaling policy of a configuration: its limits, and the rules of its file or the shipped ones.
 * @throws RulesFileError when the file can't be read, RulesError when it has mistakes
 */
export function loadScalingPolicy(config: Config): ScalingPolicy {
  const limits = { min: config.minInstances, max: config.maxInstances };
  const file = config.scalingRulesFile === '' ? SHIPPED_RULES : config.scalingRulesFile;
  const overrides = { enabled: config.autoScalingEnabled, scaleDownStabilizationMs: config.scaleDownStabilizationMs };
  const lint = (rules: readonly ScalingRule[]): readonly string[] => lintRules(createPolicy(rules, limits, overrides));
  return createPolicy(parseScalingRules(readJson(file), lint), limits, overrides);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RulesFileError(`SCALING_RULES_FILE: ${file} can't be used: ${(error as Error).message}`);
  }
}
