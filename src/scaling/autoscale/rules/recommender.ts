import { metricOf } from '../metrics/registry.ts';
import { quantity } from '../quantity.ts';
import type { Recommendation, Recommender, RecommenderInput, Wanted } from '../recommender.ts';
import type { ScalingAlert } from '../record.ts';
import type { ScalerState } from '../state.ts';
import { isRising } from './comparison.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { conditionOf, thresholdOf } from './registry.ts';
import { fired, type RuleState } from './rule-state.ts';
import { verdictOf } from './verdict.ts';

type Direction = 'up' | 'down';

/**
 * The rules as one recommender: the highest scale-up that may act; a scale-down when every rule that can shrink wants to and may, and
 * none wants more. Rules whose metric is missing abstain here; the missing-metrics guard forbids the scale-down then.
 */
export const ruleRecommender: Recommender = {
  recommend(input: RecommenderInput): Recommendation {
    const evaluations = input.policy.rules.map((rule) => evaluate(rule, input));
    const verdicts = evaluations.map((evaluation) => verdictOf(evaluation, input.policy, input.nowMs));
    const wanted = (direction: Direction) =>
      evaluations.flatMap((evaluation, index) => {
        const { wish, rule, waitsFor } = evaluation;
        const verdict = verdicts[index];
        if (wish.wants !== direction || verdict === undefined) return [];
        const because = `${rule.metric} ${quantity(verdict.value ?? 0, verdict.unit)}, ${verdict.condition}`;
        return [{ target: wish.target, by: rule.name, priority: rule.priority, because, waitsFor }];
      });
    const ups = wanted('up');
    const downs = wanted('down');
    const agreed = allAgree(evaluations) ? highestTarget(downs) : null;
    const waitingDown = byPriority(downs.filter(({ waitsFor }) => waitsFor !== null));
    const waitingUp = byPriority(ups.filter(({ waitsFor }) => waitsFor !== null));
    return {
      up: plain(highestTarget(ups.filter(({ waitsFor }) => waitsFor === null))),
      down: waitingDown === null ? plain(agreed) : null,
      abstains: allAgree(evaluations) && downs.length === 0,
      least: leastOf(evaluations, input),
      waiting: agreed === null ? waitingWish(waitingUp, null) : waitingWish(waitingDown, agreed.target),
      missing: evaluations.flatMap(({ rule, reading }) =>
        reading.kind === 'missing' ? [`rule ${rule.name} (${rule.metric})`] : [],
      ),
      verdicts,
      alerts: alertsOf(evaluations, verdicts),
      settle: (acted) => ({ rules: settled(evaluations, acted, input) }),
    };
  },
};

/**
 * A rule that adds workers objects to a number at which it would add them again: of a metric that scales as 1/n, `value · ready ÷ n`
 * has to stay on the quiet side of its threshold. Nothing can be foretold of the others.
 */
function leastOf(evaluations: readonly Evaluation[], { ready, desired, policy }: RecommenderInput): Wanted | null {
  if (policy.mode === 'rules') return null; // there the linter sees to it
  const objections = evaluations.flatMap(({ rule, reading }) => {
    if (!rule.enabled || rule.type === 'target' || rule.action !== 'scale-up') return [];
    if (reading.kind !== 'value' || ready === null || metricOf(rule.metric).response !== 'inverse') return [];
    const threshold = thresholdOf(rule);
    if (threshold <= 0 || !isRising(rule.operator)) return [];
    const load = Number(((reading.value * ready) / threshold).toFixed(9));
    const target = rule.operator === 'gte' ? Math.floor(load) + 1 : Math.ceil(load);
    const because = `${rule.metric} would be ${conditionOf(rule, metricOf(rule.metric).unit, 0)} with fewer`;
    return [{ target: Math.min(desired, target), by: rule.name, priority: rule.priority, because }];
  });
  return [...objections].sort((a, b) => b.target - a.target || b.priority - a.priority)[0] ?? null;
}

type Candidate = Wanted & Pick<Evaluation, 'waitsFor'>;

function plain(candidate: Candidate | null): Wanted | null {
  if (candidate === null) return null;
  const { target, by, priority, because } = candidate;
  return { target, by, priority, because };
}

function waitingWish(candidate: Candidate | null, agreedTarget: number | null): Recommendation['waiting'] {
  if (candidate === null || candidate.waitsFor === null) return null;
  const { target, by, priority, because, waitsFor: reason } = candidate;
  return { target: agreedTarget ?? target, by, priority, because, reason };
}

/** Ties go to the higher priority, then to the rule that stands first. */
function highestTarget(candidates: readonly Candidate[]): Candidate | null {
  return [...candidates].sort((a, b) => b.target - a.target || b.priority - a.priority)[0] ?? null;
}

function byPriority(candidates: readonly Candidate[]): Candidate | null {
  return [...candidates].sort((a, b) => b.priority - a.priority)[0] ?? null;
}

function allAgree(evaluations: readonly Evaluation[]): boolean {
  return evaluations.every(({ rule, reading, wish, waitsFor }) => {
    if (wish.wants === 'up') return waitsFor === 'blocked:memory';
    const canShrink = rule.type === 'target' || rule.action === 'scale-down';
    return !canShrink || reading.kind !== 'value' || wish.wants === 'down';
  });
}

function alertsOf(evaluations: readonly Evaluation[], verdicts: Recommendation['verdicts']): readonly ScalingAlert[] {
  return evaluations.flatMap(({ rule, wish, waitsFor }, index) => {
    const verdict = verdicts[index];
    if (wish.wants !== 'alert' || waitsFor !== null || verdict === undefined) return [];
    const sentence = `${rule.metric} is ${quantity(verdict.value ?? 0, verdict.unit)} (${rule.name}: ${verdict.condition}).`;
    return [{ source: rule.name, sentence }];
  });
}

/** Every rule whose wish was granted has acted, not only the one with the highest target: its need is met too. */
function settled(
  evaluations: readonly Evaluation[],
  acted: Direction | null,
  { nowMs }: RecommenderInput,
): ScalerState['rules'] {
  const entries = evaluations.map(({ rule, wish, waitsFor, next }): [string, RuleState] => {
    const { wants } = wish;
    const acts = waitsFor === null && (wants === 'alert' || (wants !== 'nothing' && wants === acted));
    return [rule.name, acts ? fired(next, wants, rule.cooldownMs, nowMs) : next];
  });
  return Object.fromEntries(entries);
}
