import { cooldownLeftMs } from '../cooldown.ts';
import { metricOf } from '../metrics/registry.ts';
import type { ScalingPolicy } from '../policy.ts';
import { rounded } from '../quantity.ts';
import type { RuleVerdict } from '../record.ts';
import type { Evaluation } from './evaluate.ts';
import { conditionOf, thresholdOf } from './registry.ts';

/** An evaluation as the record shows it. */
export function verdictOf(evaluation: Evaluation, policy: ScalingPolicy, nowMs: number): RuleVerdict {
  const { rule, reading, wish, waitsFor, next } = evaluation;
  const { unit } = metricOf(rule.metric);
  const action = rule.type === 'target' ? 'target' : rule.action;
  return {
    name: rule.name,
    metric: rule.metric,
    aggregate: rule.aggregate,
    windowMs: rule.windowMs,
    priority: rule.priority,
    action,
    condition: conditionOf(rule, unit, policy.tolerance),
    threshold: thresholdOf(rule),
    unit,
    value: reading.kind === 'value' ? rounded(reading.value) : null,
    status: statusOf(evaluation),
    wants: wish.wants === 'nothing' ? null : wish.wants,
    target: 'target' in wish ? wish.target : null,
    confirmations: next.confirmations,
    // The stabilization window is what confirms a scale-down.
    requiredConfirmations: action === 'scale-down' ? 1 : policy.requiredConfirmations,
    cooldownLeftMs: leftMs(evaluation, nowMs),
    waitsFor,
    note: reading.kind === 'value' ? reading.thin : reading.why,
  };
}

function statusOf({ rule, reading, wish }: Evaluation): RuleVerdict['status'] {
  if (!rule.enabled) return 'disabled';
  if (reading.kind !== 'value') return reading.kind;
  return wish.wants === 'nothing' ? 'clear' : 'holds';
}

function leftMs({ rule, wish, next }: Evaluation, nowMs: number): number {
  const directions = wish.wants === 'nothing' ? (['up', 'down', 'alert'] as const) : [wish.wants];
  return Math.max(...directions.map((direction) => cooldownLeftMs(next.cooldowns[direction], rule.cooldownMs, nowMs)));
}
