import type { GuardFinding } from './guards/guard.ts';
import type { ManualState, PinState } from './manual.ts';
import { paceDown, paceUp } from './pace.ts';
import type { ScalingPolicy } from './policy.ts';
import { atLeast, atMost, type Proposal, propose } from './proposal.ts';
import { workers } from './quantity.ts';
import type { Recommendation, Wanted } from './recommender.ts';
import type { Schedule } from './schedule/schedule.ts';
import type { Removal } from './state.ts';

/** All that the number of workers is made from. */
export interface Resolution {
  readonly policy: ScalingPolicy;
  readonly before: number;
  /** Null: unknown. */
  readonly ready: number | null;
  readonly manual: ManualState;
  readonly findings: readonly GuardFinding[];
  /** The highest recommendation of the stabilization window. */
  readonly stabilized: number;
  /** The window they are of. */
  readonly stabilizationMs: number;
  readonly schedule: Schedule | null;
  readonly recentRemovals: readonly Removal[];
}

/** The recommenders' common word: the highest wish to grow; else, when all agree to shrink, the highest number that one agreed to. */
export function combine(recommendations: readonly Recommendation[]): Wanted | null {
  const highest = (all: readonly Wanted[]): Wanted | null =>
    [...all].sort((a, b) => b.target - a.target || b.priority - a.priority)[0] ?? null;
  const up = highest(recommendations.flatMap((recommendation) => recommendation.up ?? []));
  if (up !== null) return up;
  const voters = recommendations.filter(({ abstains }) => abstains !== true);
  const downs = voters.flatMap((recommendation) => recommendation.down ?? []);
  if (downs.length === 0 || downs.length < voters.length) return null;
  return highest([...downs, ...recommendations.flatMap(({ least }) => least ?? [])]);
}

/**
 * From a wish to a number: a pin beats all but memory; a pause leaves the number alone; otherwise guards, stabilization and pace
 * clamp what is wanted. The limits come last, whatever came before.
 */
export function resolve(wanted: Wanted | null, given: Resolution): Proposal {
  const { before, manual } = given;
  if (manual.pin !== null) return withinLimits(pinned(manual.pin, given), given.policy);
  // Switched off, the number found is somebody else's choice, be it outside the limits.
  if (!given.policy.enabled) return propose(before, before, 'disabled');
  if (manual.paused !== null) return withinLimits(propose(before, before, 'paused'), given.policy);
  return withinLimits(automatic(wanted, given), given.policy);
}

function pinned(pin: PinState, { before, findings }: Resolution): Proposal {
  const proposal = propose(before, pin.instances, 'pin');
  return pin.force ? proposal : belowMemory(proposal, findings);
}

function automatic(wanted: Wanted | null, given: Resolution): Proposal {
  const { policy, before, ready, findings, stabilized } = given;
  const floors = findings.filter(({ floor }) => floor !== null);
  let proposal = withinLimits(propose(before, wanted?.target ?? before, wanted?.reason ?? 'rule'), policy);
  for (const { floor, reason, detail } of floors) proposal = atLeast(proposal, floor ?? 0, reason, detail);
  if (proposal.target < before) {
    const detail = `${workers(stabilized)} ${stabilized === 1 ? 'was' : 'were'} recommended within the last ${Math.round(given.stabilizationMs / 1_000)} s`;
    proposal = atLeast(proposal, Math.min(before, stabilized), 'stabilization', detail);
  }
  if (proposal.target > before && wanted?.isSure !== true) {
    const measured = wanted !== null && wanted.reason !== undefined;
    const most = Math.max(before, paceUp(policy, ready ?? before, measured ? policy.scaleUpMaxWorkers : 1));
    const detail = `one step adds at most ${policy.scaleUpMaxPercent} %${measured ? ` or ${policy.scaleUpMaxWorkers}` : ''} to ${workers(ready ?? before)} ready`;
    proposal = atMost(proposal, most, 'pace', detail);
  }
  for (const { ceiling, reason, detail } of findings) {
    // Giving workers up is a scale-down: whatever forbids those forbids this.
    if (ceiling === null || (ceiling < before && floors.length > 0)) continue;
    proposal = atMost(proposal, ceiling, reason, detail);
  }
  if (proposal.target < before) {
    const least = paceDown(policy, before, given.recentRemovals);
    proposal = atLeast(
      proposal,
      least,
      'pace',
      `at most ${policy.scaleDownMaxPercent} % leave within ${policy.scaleDownPeriodMs / 1000} s`,
    );
  }
  return aboveFloors(proposal, given);
}

/** Minimums by hand and by the clock; memory goes before both. */
function aboveFloors(proposal: Proposal, { manual, schedule, findings }: Resolution): Proposal {
  let raised = proposal;
  if (schedule !== null) {
    const detail = `at least ${workers(schedule.workers)} by the schedule ${schedule.text}`;
    raised = atLeast(raised, schedule.workers, 'schedule', detail);
  }
  if (manual.floor !== null) {
    const { instances, by } = manual.floor;
    raised = atLeast(raised, instances, 'floor', `at least ${workers(instances)}, set by ${by}`);
  }
  return raised === proposal ? proposal : belowMemory(raised, findings);
}

function belowMemory(proposal: Proposal, findings: readonly GuardFinding[]): Proposal {
  const memory = findings.find(({ reason }) => reason === 'blocked:memory');
  return memory === undefined || memory.ceiling === null
    ? proposal
    : atMost(proposal, memory.ceiling, memory.reason, memory.detail);
}

function withinLimits(proposal: Proposal, { limits }: ScalingPolicy): Proposal {
  const capped = atMost(proposal, limits.max, 'limit:max', `MAX_INSTANCES allows ${limits.max} at most`);
  return atLeast(capped, limits.min, 'limit:min', `MIN_INSTANCES asks for ${limits.min} at least`);
}
