/** Routes of features that this version does not have: they say so instead of not being there. */
import type { Access } from '../authentication.ts';
import { ProblemError } from '../problem.ts';
import { type Method, type Route, route } from '../route.ts';
import type { ManagementServices } from '../services.ts';

export interface DisabledFeature {
  readonly feature: string;
  readonly tag: string;
  /** A sentence: what is not there, and what that means. */
  readonly detail: (services: ManagementServices) => string;
}

/** A view: 200 with `"enabled": false`, which a script can read where it would read the figures. */
export function disabledView(of: DisabledFeature, path: string, access: Access, summary: string): Route {
  return route({
    method: 'GET',
    path,
    access,
    tag: of.tag,
    summary,
    answers: { 200: '`enabled` is false: this version does not have it' },
    handle: ({ services }) => ({ body: { enabled: false, feature: of.feature, detail: of.detail(services) } }),
  });
}

/** A change: 409 FEATURE_DISABLED. Not a 503, which would invite a client to try again. */
export function disabledChange(
  of: DisabledFeature,
  method: Exclude<Method, 'GET'>,
  path: string,
  access: Access,
  summary: string,
): Route {
  return route({
    method,
    path,
    access,
    tag: of.tag,
    summary,
    answers: { 409: 'FEATURE_DISABLED: this version does not have it' },
    handle: ({ services }) => {
      throw new ProblemError(409, 'FEATURE_DISABLED', of.detail(services), { enabled: false });
    },
  });
}
