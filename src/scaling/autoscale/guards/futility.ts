import { duration } from '../quantity.ts';
import type { Guard } from './guard.ts';

/** A scale-up that brought nothing is not repeated for a while: something else than workers is short. */
export const futilityGuard: Guard = ({ state, desired, nowMs }) => {
  const { futile } = state;
  if (futile === null || nowMs >= futile.untilMs) return null;
  return {
    reason: 'blocked:futility',
    ceiling: Math.max(desired, futile.workers),
    floor: null,
    detail: `${futile.detail}; tried again in ${duration(futile.untilMs - nowMs)}`,
  };
};
