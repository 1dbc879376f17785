/** What routes of a feature that is not in use answer: they say so instead of not being there. */
import { ProblemError } from '../problem.ts';
import type { JsonAnswer } from '../route.ts';
import type { ManagementServices } from '../services.ts';

export interface DisabledFeature {
  readonly feature: string;
  readonly tag: string;
  /** A sentence: what is not there, and what that means. */
  readonly detail: (services: ManagementServices) => string;
}

/** To a view: 200 with `"enabled": false`, which a script can read where it would read the figures. */
export function disabledAnswer(of: DisabledFeature, services: ManagementServices): JsonAnswer {
  return { body: { enabled: false, feature: of.feature, detail: of.detail(services) } };
}

/** To a change: 409 FEATURE_DISABLED. Not a 503, which would invite a client to try again. */
export function refuseDisabled(of: DisabledFeature, services: ManagementServices): never {
  throw new ProblemError(409, 'FEATURE_DISABLED', of.detail(services), { enabled: false });
}

/** For the descriptions of such routes. */
export const DISABLED_VIEW = 'or, with `enabled` false, that it is not in use';
export const DISABLED_CHANGE = 'FEATURE_DISABLED: it is not in use';
