import { quantity } from '../quantity.ts';
import { errorPercent, type Guard, hold, meanElu } from './guard.ts';

const percent = (value: number): string => quantity(value, '%');

/**
 * While requests fail nothing shrinks; nothing grows for errors of workers that have time, nor when errors rose with the last
 * scale-up (a database with too few connections fails the more, the more workers there are).
 */
export const errorsGuard: Guard = ({ policy, state, evidence, desired, nowMs }) => {
  const { incidentErrorPercent, errorRisePercent, errorWatchMs, idleEluPercent } = policy.guards;
  const errors = errorPercent(evidence);
  if (errors === null) return null;
  const last = state.lastScaleUp;
  if (last !== null && nowMs - last.atMs <= errorWatchMs) {
    const rise = errors - (last.errorPercent ?? 0);
    if (rise >= errorRisePercent) {
      return hold(
        'blocked:errors',
        desired,
        `${percent(errors)} of the requests fail, ${percent(last.errorPercent ?? 0)} before the last scale-up`,
      );
    }
  }
  if (errors < incidentErrorPercent) return null;
  const elu = meanElu(evidence);
  if (elu !== null && elu < idleEluPercent) {
    return hold(
      'blocked:errors',
      desired,
      `${percent(errors)} of the requests fail at an event-loop utilization of ${percent(elu)}`,
    );
  }
  return {
    reason: 'blocked:errors',
    ceiling: null,
    floor: desired,
    detail: `${percent(errors)} of the requests fail, at least ${percent(incidentErrorPercent)} is an incident`,
  };
};
