import type { Guard } from './guard.ts';

/** A reload has old and new workers side by side; what it needs is not taken away under it. */
export const reloadGuard: Guard = ({ observation, desired }) =>
  observation.reloading
    ? { reason: 'blocked:reload', ceiling: null, floor: desired, detail: 'workers are being replaced' }
    : null;
