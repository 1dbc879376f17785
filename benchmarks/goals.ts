import type { ContenderId } from './contender.ts';
import type { Estimate } from './statistics.ts';

/** `undecided`: the goal lies within the interval. */
export type Verdict = 'met' | 'not met' | 'undecided';

export type Bound = { readonly atLeast: number } | { readonly atMost: number };

/** The whole interval has to be on the right side of the bound; on the wrong one, the goal is missed for certain. */
export function verdict({ low, high }: Estimate, bound: Bound): Verdict {
  if ('atLeast' in bound) {
    if (low >= bound.atLeast) return 'met';
    return high < bound.atLeast ? 'not met' : 'undecided';
  }
  if (high <= bound.atMost) return 'met';
  return low > bound.atMost ? 'not met' : 'undecided';
}

/** What of a load is compared: with Node's cluster in the same round, or (spread) by itself. */
export type LoadFigure = 'perSecond' | 'systemMicros' | 'spread';

export interface LoadGoal {
  readonly suite: 'keepalive' | 'short' | 'ws';
  readonly workers: number;
  readonly contender: ContenderId;
  readonly figure: LoadFigure;
  readonly bound: Bound;
}

const short = { suite: 'short', contender: 'shared-accept' } as const;

/** Keep-alive must not cost; short connections must be much cheaper when workers accept, and not dearer when handed over. */
export const LOAD_GOALS: readonly LoadGoal[] = [
  { suite: 'keepalive', workers: 2, contender: 'hand-over', figure: 'perSecond', bound: { atLeast: 0.95 } },
  { suite: 'keepalive', workers: 2, contender: 'shared-accept', figure: 'perSecond', bound: { atLeast: 0.95 } },
  { ...short, workers: 2, figure: 'perSecond', bound: { atLeast: 1.9 } },
  { ...short, workers: 4, figure: 'perSecond', bound: { atLeast: 2.8 } },
  { ...short, workers: 2, figure: 'systemMicros', bound: { atMost: 0.55 } },
  { ...short, workers: 4, figure: 'systemMicros', bound: { atMost: 0.55 } },
  { ...short, workers: 4, figure: 'spread', bound: { atMost: 0.15 } },
  { suite: 'keepalive', workers: 2, contender: 'hand-over', figure: 'systemMicros', bound: { atMost: 1.05 } },
  { suite: 'short', workers: 2, contender: 'hand-over', figure: 'systemMicros', bound: { atMost: 1.05 } },
  { suite: 'short', workers: 4, contender: 'hand-over', figure: 'systemMicros', bound: { atMost: 1.05 } },
];

/** Ratio of a worker's start to that of a bare `cluster.fork`. */
export const START_RATIO: Bound = { atMost: 1.1 };
/** Memory that the agent adds to a worker. */
export const AGENT_MEGABYTES: Bound = { atMost: 4 };
/** Of one core, for the primary while nobody asks anything. */
export const IDLE_CPU: Bound = { atMost: 0.005 };
/** RSS of the idle primary. */
export const IDLE_MEGABYTES: Bound = { atMost: 80 };
