import type { Guard } from './guard.ts';

/** While workers fail to start there are no more than were last healthy, and the survivors stay. */
export const crashLoopGuard: Guard = ({ observation, desired }) => {
  const { frozen, lastHealthyCount } = observation.crashLoop;
  if (!frozen) return null;
  return {
    reason: 'blocked:crash-loop',
    ceiling: Math.max(desired, lastHealthyCount),
    floor: desired,
    detail: `workers fail to start; ${lastHealthyCount} were healthy last`,
  };
};
