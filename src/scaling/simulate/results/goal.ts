import type { Row } from '../matrix/matrix.ts';
import { overall, type Summary } from './summary.ts';

/** One demand of the goal. */
export interface GoalLine {
  readonly demand: string;
  /** Null: not to be judged. */
  readonly isMet: boolean | null;
  /** The figures, in words. */
  readonly found: string;
}

const LIMITS = { violationPercent: 1, cost: 1.25, reversalsPerHour: 1, ofPeersViolations: 0.5, ofKnativeCost: 0.9 };
const NOT_PEERS = new Set(['oracle', 'fixed', 'fixed best']);

/**
 * Judges the goal for one contestant: half of every peer's violations at equal or lower cost, 0.9 × the cost of the best-tuned KPA at equal
 * violations, 1 % of violations at 1.25 × the oracle, one reversal an hour, no wrong step in the guard cases.
 * @param own the contestant's id; others of Tidegate's policies are no peers
 */
export function judgeGoal(rows: readonly Row[], own: string, policies: readonly string[]): readonly GoalLine[] {
  const all = overall(rows);
  const ours = all.find(({ contestant }) => contestant === own);
  const peers = all.filter(({ contestant }) => !NOT_PEERS.has(contestant) && !policies.includes(contestant));
  return [
    ...(ours === undefined
      ? []
      : [...peers.map((peer) => againstPeer(ours, peer)), ...againstKnative(ours, peers), ...absolute(ours)]),
    ...guardCases(rows, own),
  ];
}

function againstPeer(ours: Summary, peer: Summary): GoalLine {
  const [violations, cost] = [peer.violationPercent.mean, peer.cost.mean];
  const isHalf = ours.violationPercent.mean <= LIMITS.ofPeersViolations * violations;
  // A peer that costs less and violates more is at another point of the trade: neither is better.
  const isMet = ours.cost.mean <= cost ? isHalf : isHalf ? null : false;
  return {
    demand: `half the violations of ${peer.contestant} at equal or lower cost`,
    isMet,
    found: `${percent(ours.violationPercent.mean)} at ${times(ours.cost.mean)}; it has ${percent(violations)} at ${times(cost)}`,
  };
}

function againstKnative(ours: Summary, peers: readonly Summary[]): readonly GoalLine[] {
  const best = peers.find(({ contestant }) => contestant === 'knative best');
  if (best === undefined) return [];
  const ratio = ours.cost.mean / best.cost.mean;
  const equal = ours.violationPercent.mean <= best.violationPercent.mean;
  return [
    {
      demand: `no more violations than the best-tuned KPA at ${LIMITS.ofKnativeCost} of its cost`,
      isMet: equal && ratio <= LIMITS.ofKnativeCost,
      found: `${ratio.toFixed(2)} of its cost; ${percent(ours.violationPercent.mean)} against ${percent(best.violationPercent.mean)}`,
    },
  ];
}

function absolute(ours: Summary): readonly GoalLine[] {
  const { violationPercent, cost, reversalsPerHour } = ours;
  return [
    {
      demand: `at most ${LIMITS.violationPercent} % violations at ${LIMITS.cost} × the oracle's cost`,
      isMet: violationPercent.mean <= LIMITS.violationPercent && cost.mean <= LIMITS.cost,
      found: `${percent(violationPercent.mean)} at ${times(cost.mean)}`,
    },
    {
      demand: `at most ${LIMITS.reversalsPerHour} reversal an hour`,
      isMet: reversalsPerHour.mean <= LIMITS.reversalsPerHour,
      found: `${reversalsPerHour.mean.toFixed(2)} an hour`,
    },
  ];
}

function guardCases(rows: readonly Row[], own: string): readonly GoalLine[] {
  return rows
    .filter(({ isGuardCase, contestant }) => isGuardCase && contestant === own)
    .map(({ workload, scores }) => {
      const ups = scores.reduce((sum, { wrongUps }) => sum + wrongUps, 0);
      const downs = scores.reduce((sum, { wrongDowns }) => sum + wrongDowns, 0);
      return {
        demand: `no wrong step in ${workload}`,
        isMet: ups + downs === 0,
        found: `${ups} wrong scale-ups, ${downs} wrong scale-downs in ${scores.length} runs`,
      };
    });
}

const percent = (value: number): string => `${value.toFixed(2)} %`;
const times = (value: number): string => `${value.toFixed(2)} × the oracle`;
