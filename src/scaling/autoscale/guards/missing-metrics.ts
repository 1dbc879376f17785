import { workers } from '../quantity.ts';
import { type Guard, hold } from './guard.ts';

/** Nothing shrinks while any figure is missing; nothing moves while more than half of the workers are silent. */
export const missingMetricsGuard: Guard = ({ newest, desired, missingRules }) => {
  const { stale, fresh } = newest;
  if (stale > fresh) {
    return hold('blocked:missing-metrics', desired, `${stale} of ${workers(stale + fresh)} report no figures`);
  }
  if (stale === 0 && missingRules.length === 0) return null;
  const silent = newest.staleIds.map((id) => `worker ${id}`);
  return {
    reason: 'blocked:missing-metrics',
    ceiling: null,
    floor: desired,
    detail: `there are no figures of ${[...silent, ...missingRules].join(', ')}`,
  };
};
