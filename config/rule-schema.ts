/** The form of one rule in a rules file. What a form can't tell (order of steps, duplicates) is checked in `rules.ts`. */
import { z } from 'zod';
import { ACTIONS, AGGREGATES, AMOUNT_UNITS, BUILT_IN_METRICS, type MetricName, OPERATORS } from './rule-types.ts';

const CUSTOM_METRIC = /^custom:[a-zA-Z_][a-zA-Z0-9_:]{0,127}$/;

function number(min: number, max: number, unit: string) {
  const error = `must be a number from ${min} to ${max}${unit}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

function whole(min: number, max: number, unit: string) {
  const error = `must be a whole number from ${min} to ${max}${unit}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

function oneOf<const T extends string>(values: readonly [T, ...T[]]) {
  return z.enum(values, { error: `must be one of ${values.join(', ')}` });
}

const metric = z.custom<MetricName>(
  (value) =>
    typeof value === 'string' && (BUILT_IN_METRICS.some((name) => name === value) || CUSTOM_METRIC.test(value)),
  { error: `must be one of ${BUILT_IN_METRICS.join(', ')}, or custom:<name of a gauge>` },
);

const nameError = 'must be 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit';

const common = {
  name: z.string({ error: nameError }).regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, { error: nameError }),
  enabled: z.boolean({ error: 'must be true or false' }).default(true),
  metric,
  aggregate: oneOf(AGGREGATES).optional(),
  windowMs: whole(1_000, 300_000, ' (ms)').default(10_000),
  cooldownPeriod: whole(0, 86_400_000, ' (ms)'),
  priority: whole(0, 1_000, '; the higher number wins').default(0),
};

const threshold = number(0, 1e12, '');
const scaleAmount = whole(1, 1_000, ' (workers or percent)');
const unit = oneOf(AMOUNT_UNITS).default('workers');

const thresholdRule = z.strictObject({
  ...common,
  type: z.literal('threshold'),
  operator: oneOf(OPERATORS),
  threshold,
  clearThreshold: threshold.optional(),
  action: oneOf(ACTIONS),
  scaleAmount: whole(0, 1_000, ' (workers or percent)').optional(),
  unit,
});

const stepRule = z.strictObject({
  ...common,
  type: z.literal('step'),
  operator: oneOf(OPERATORS),
  steps: z
    .array(z.strictObject({ threshold, scaleAmount }, { error: 'must be an object with threshold and scaleAmount' }), {
      error: 'must be a list of {threshold, scaleAmount}',
    })
    .min(1, { error: 'must have at least one step' })
    .max(20, { error: 'must have at most 20 steps' }),
  clearThreshold: threshold.optional(),
  action: oneOf(['scale-up', 'scale-down']),
  unit,
});

const targetRule = z.strictObject({
  ...common,
  type: z.literal('target'),
  target: number(0.001, 1e12, ''),
  tolerance: number(0, 0.9, ' (ratio)').optional(),
});

const rule = z.preprocess(
  // The customer's rules name no type: what has a threshold is a threshold rule.
  (value) =>
    typeof value === 'object' && value !== null && !('type' in value) ? { ...value, type: 'threshold' } : value,
  z.discriminatedUnion('type', [thresholdRule, stepRule, targetRule], {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? 'must be one of threshold, step, target'
        : 'must be an object with the rule’s fields',
  }),
);

export const rulesFile = z.strictObject(
  { rules: z.array(rule, { error: 'must be a list of rules' }).max(100, { error: 'must have at most 100 rules' }) },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object {"rules": [...]}' : undefined) },
);

export type RuleInFile = z.infer<typeof rule>;
