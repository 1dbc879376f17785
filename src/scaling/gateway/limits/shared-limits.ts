import type { RateLimit } from '../../state/limits/contract.ts';
import type { StateSettings } from '../../state/settings.ts';
import type { LimitRule } from './limit-rules.ts';
import type { RouteLimit } from './route-limits.ts';

const MEBIBYTE = 1_048_576;

/** Without a shared state the counts are this process's own. */
const OWN: StateSettings = { socketPath: null, redis: null, keyPrefix: '', memoryLimitBytes: 64 * MEBIBYTE };

/**
 * Limits that all gateway processes and machines of one shared state count together. The state is opened with the first request; while
 * it cannot be reached, requests pass.
 */
export function sharedLimits(rules: readonly LimitRule[], settings: StateSettings | null): RouteLimit[] {
  const open = once(() => openLimits(settings ?? OWN));
  return rules.map(({ path, blockMs, ...options }) => {
    const limit = once(async () => (await open())({ ...options, ...(blockMs !== undefined && { blockMs }) }));
    return { path, limit: { consume: async (key) => (await limit()).consume(key) } };
  });
}

/** Loaded here: a gateway without limits need not pay for what counts them. */
async function openLimits(
  settings: StateSettings,
): Promise<(options: Omit<LimitRule, 'path' | 'blockMs'>) => RateLimit> {
  const [{ StateConnection }, { rateLimit }] = await Promise.all([
    import('../../state/open-state.ts'),
    import('../../state/limits/rate-limit.ts'),
  ]);
  const connection = new StateConnection(settings, { beforeOpen: () => {} });
  return (options) => rateLimit(connection.state, options);
}

/** The same promise at each call; one that failed is made anew. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
