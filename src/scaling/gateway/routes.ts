import { GatewayOptionError } from './errors.ts';
import { holdsPath, routePath } from './limits/route-path.ts';
import { demand, isTime, limit, TIME } from './option-checks.ts';
import type { RouteOptions } from './options.ts';
import type { Timeouts } from './timeouts.ts';

/** What holds for a request. */
export interface RouteSettings {
  readonly timeouts: Timeouts;
  readonly maxBodyBytes: number;
}

/** What may differ by path: before a request is read, nobody knows its path. */
const BY_PATH: ReadonlySet<string> = new Set(['clientMs', 'serverMs', 'queueMs', 'connectMs', 'tunnelMs']);

/** Paths with times and limits of their own; the longest that holds for a request counts. */
export class Routes {
  readonly #routes: readonly { readonly path: string; readonly settings: RouteSettings }[];
  readonly #others: RouteSettings;

  /** @param others for all other paths, and for what a route leaves out @throws GatewayOptionError */
  constructor(routes: readonly RouteOptions[], others: RouteSettings) {
    this.#others = others;
    this.#routes = routes
      .map((route, index) => ({ path: pathOf(route, index), settings: settingsOf(route, index, others) }))
      .sort((one, other) => other.path.length - one.path.length);
  }

  of(target: string): RouteSettings {
    const path = routePath(target);
    return this.#routes.find((route) => holdsPath(route.path, path))?.settings ?? this.#others;
  }
}

function pathOf({ path }: RouteOptions, index: number): string {
  demand(`routes[${index}].path`, path, /^\/[^?#\s]*$/.test(path), 'a path that begins with / and has no query');
  return routePath(path);
}

function settingsOf(
  { timeouts = {}, maxBodyBytes }: RouteOptions,
  index: number,
  others: RouteSettings,
): RouteSettings {
  for (const [name, value] of Object.entries(timeouts)) {
    const option = `routes[${index}].timeouts.${name}`;
    if (!BY_PATH.has(name)) throw new GatewayOptionError(option, value, `one of ${[...BY_PATH].join(', ')}`);
    demand(option, value, isTime(value), TIME);
  }
  return {
    timeouts: { ...others.timeouts, ...timeouts },
    maxBodyBytes:
      maxBodyBytes === undefined ? others.maxBodyBytes : limit(`routes[${index}].maxBodyBytes`, maxBodyBytes),
  };
}
