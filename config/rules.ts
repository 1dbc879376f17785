/** Rules files: parsed JSON in, complete rules or every mistake at once out. */
import type { z } from 'zod';
import { type RuleInFile, rulesFile } from './rule-schema.ts';
import type { Aggregate, MetricName, ScalingRule, Step } from './rule-types.ts';

export type * from './rule-types.ts';

/** A rules file that can't be used. */
export class RulesError extends Error {
  readonly code = 'RULES_INVALID';
  /** One sentence per mistake: the rule, the field, what was given, what is allowed. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`;
    super(`The scaling rules have ${count}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'RulesError';
    this.problems = problems;
  }
}

/** Judges rules together, such as whether they must flap; one sentence per objection. The scaler's linter is one. */
export type RuleLinter = (rules: readonly ScalingRule[]) => readonly string[];

/** Metrics that are shares: someone who writes 0.8 for them means 80. */
const PERCENT_METRICS: ReadonlySet<MetricName> = new Set(['cpu', 'elu', 'memory', 'capacity', 'bandwidth']);
/** Those of them (and error rates) that can't pass 100. A worker with threads can use more than one core. */
const AT_MOST_100: ReadonlySet<MetricName> = new Set(['elu', 'memory', 'errorRate', 'capacity', 'bandwidth']);

/**
 * Reads a rules file's content.
 * @param json the parsed file: `{"rules": [...]}` with the fields of `docs/decisions/0005-default-rules.md`
 * @param lint is asked once the form is right; what it objects to refuses the file as well
 * @throws {RulesError} with every mistake
 */
export function parseScalingRules(json: unknown, lint: RuleLinter): readonly ScalingRule[] {
  const parsed = rulesFile.safeParse(json);
  if (!parsed.success) throw new RulesError(parsed.error.issues.flatMap((issue) => describe(issue, json)));
  const rules = parsed.data.rules.map(complete);
  const problems = [...duplicates(rules), ...parsed.data.rules.flatMap(contradictions)];
  if (problems.length === 0) problems.push(...lint(rules));
  if (problems.length > 0) throw new RulesError(problems);
  return rules;
}

function defaultAggregate(metric: MetricName): Aggregate {
  return metric === 'responseTime' ? 'p95' : 'mean';
}

/** From the file's words to ours: defaults filled in, units in the names. */
function complete(rule: RuleInFile): ScalingRule {
  const { name, enabled, metric, windowMs, cooldownPeriod: cooldownMs, priority } = rule;
  const common = {
    name,
    enabled,
    metric,
    aggregate: rule.aggregate ?? defaultAggregate(metric),
    windowMs,
    cooldownMs,
    priority,
  };
  if (rule.type === 'target') {
    return { ...common, type: 'target', target: rule.target, tolerance: rule.tolerance ?? null };
  }
  const { operator, unit } = rule;
  const clearThreshold = rule.clearThreshold ?? null;
  if (rule.type === 'step') {
    return { ...common, type: 'step', operator, steps: rule.steps, clearThreshold, action: rule.action, unit };
  }
  const { threshold, action, scaleAmount = 0 } = rule;
  return { ...common, type: 'threshold', operator, threshold, clearThreshold, action, scaleAmount, unit };
}

function duplicates(rules: readonly ScalingRule[]): string[] {
  const names = rules.map((rule) => rule.name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `rule "${name}": the name is given more than once; names must differ`);
}

/** Mistakes within one rule that its form doesn't show. */
function contradictions(rule: RuleInFile): string[] {
  const percentile = rule.metric === 'responseTime';
  const problems: string[] = [];
  if (rule.aggregate !== undefined && percentile !== (rule.aggregate !== 'mean')) {
    problems.push(
      percentile
        ? 'aggregate: given "mean"; responseTime is judged by p50, p95 or p99'
        : `aggregate: given "${rule.aggregate}"; ${rule.metric} is judged by its mean`,
    );
  }
  if (rule.type === 'target') {
    if (rule.metric === 'memory' || rule.metric === 'errorRate') {
      problems.push(`metric: given "${rule.metric}"; more workers do not lower it, so it can't have a target`);
    }
    return [...problems, ...valueProblems(rule.metric, { target: rule.target })].map(
      (text) => `rule "${rule.name}": ${text}`,
    );
  }
  const steps = stepsOf(rule);
  const rising = rule.operator === 'gt' || rule.operator === 'gte';
  if (rule.type === 'threshold') {
    const amount = rule.scaleAmount ?? 0;
    if (rule.action === 'alert' && amount > 0)
      problems.push(`scaleAmount: given ${amount}; an alert scales nothing, leave it out`);
    if (rule.action !== 'alert' && amount === 0) problems.push(`scaleAmount: ${rule.action} needs at least 1`);
  }
  const unordered = steps.slice(1).some(({ threshold }, index) => {
    const previous = (steps[index] as Step).threshold;
    return rising ? threshold <= previous : threshold >= previous;
  });
  if (unordered)
    problems.push(`steps: with ${rule.operator} the thresholds must ${rising ? 'rise' : 'fall'} from step to step`);
  const first = (steps[0] as Step).threshold;
  const clear = rule.clearThreshold;
  if (clear !== undefined && (rising ? clear > first : clear < first)) {
    problems.push(
      `clearThreshold: given ${clear}; with ${rule.operator} it must be at ${rising ? 'most' : 'least'} ${first}`,
    );
  }
  const values = Object.fromEntries(
    steps.map((step, index) => [steps.length > 1 ? `steps[${index}].threshold` : 'threshold', step.threshold]),
  );
  problems.push(...valueProblems(rule.metric, clear === undefined ? values : { ...values, clearThreshold: clear }));
  return problems.map((text) => `rule "${rule.name}": ${text}`);
}

function stepsOf(rule: Exclude<RuleInFile, { type: 'target' }>): readonly Step[] {
  return rule.type === 'step' ? rule.steps : [{ threshold: rule.threshold, scaleAmount: rule.scaleAmount ?? 0 }];
}

function valueProblems(metric: MetricName, values: Readonly<Record<string, number>>): string[] {
  return Object.entries(values).flatMap(([field, value]) => {
    if (PERCENT_METRICS.has(metric) && value > 0 && value < 1) {
      return [`${field}: given ${value}; ${metric} is in percent, write ${Number((value * 100).toPrecision(12))}`];
    }
    if (AT_MOST_100.has(metric) && value > 100)
      return [`${field}: given ${value}; ${metric} is in percent, at most 100`];
    return [];
  });
}

/** One line per thing that is wrong with the form: where, what was given, what is allowed. */
function describe(issue: z.core.$ZodIssue, json: unknown): string[] {
  const [, index, ...rest] = issue.path;
  const where = index === undefined ? 'the file' : placeOf(json, Number(index));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${where}: unknown field "${[...rest, key].join('.')}"`);
  }
  const field = rest.length > 0 ? `${rest.join('.')}: ` : '';
  const given = valueAt(json, issue.path);
  const what = given === undefined ? 'is missing; it ' : `given ${JSON.stringify(given).slice(0, 80)}; `;
  return [`${where}: ${field}${what}${issue.message}`];
}

function placeOf(json: unknown, index: number): string {
  const name = valueAt(json, ['rules', index, 'name']);
  return typeof name === 'string' ? `rule "${name.slice(0, 64)}"` : `rule ${index + 1}`;
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = json;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
