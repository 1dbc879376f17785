import type { Reason } from './reason.ts';

/** What ends a guard: a clause after `ends when`. */
const ENDS: Readonly<Partial<Record<Reason, string>>> = {
  'blocked:memory': 'memory has room for another worker',
  'blocked:cpu': 'the workers no longer wait for cores and the machine has a part of one to spare',
  'blocked:errors': 'fewer requests fail',
  'blocked:crash-loop': 'fewer than three starts have failed within the last minute',
  'blocked:missing-metrics': 'the missing figures come again',
  'blocked:downstream': 'the app gets its answers faster, or its event loops become busy',
  'blocked:reload': 'the reload is done',
  'blocked:futility': 'its time is over',
  'release:cpu': 'the workers no longer wait for one another',
  'no-observation': 'the workers can be observed again',
};

/** Guards that hold growth only; a number that is at its upper limit has nothing to wait for from them. */
const HOLDS_GROWTH: ReadonlySet<Reason> = new Set(['blocked:memory', 'blocked:cpu', 'blocked:futility']);

export function endOf(reason: Reason): string {
  return ENDS[reason] ?? 'its cause is gone';
}

export function holdsGrowthOnly(reason: Reason): boolean {
  return HOLDS_GROWTH.has(reason);
}
