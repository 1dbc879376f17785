/** A worker that hits a limit as hard as it can, when its test says so. */
import { type RateLimitOptions, type RateLimitStatistics, rateLimit } from '../../../src/scaling/state/limits/index.ts';
import { openTarget, targetFromEnvironment } from './sessions-limits-target.ts';

export interface Hammer {
  readonly limit: RateLimitOptions;
  readonly key: string;
  readonly hits: number;
  /** How many are under way at a time. */
  readonly atOnce: number;
}

export interface Hammered extends RateLimitStatistics {
  /** How many of the hits were the first of a window. */
  readonly windows: number;
  readonly elapsedMs: number;
}

const state = await openTarget(targetFromEnvironment());

process.on('message', async ({ limit: options, key, hits, atOnce }: Hammer) => {
  const limit = rateLimit(state, options);
  const startedAtMs = performance.now();
  let left = hits;
  let windows = 0;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const { allowed, remaining } = await limit.consume(key);
      if (allowed && remaining === options.points - 1) windows += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  process.send?.({ ...limit.statistics(), windows, elapsedMs: performance.now() - startedAtMs } satisfies Hammered);
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
