import type { ServiceProfile } from '../load/profile.ts';
import type { Cell } from './job.ts';

/**
 * `seeds` cells that go through every combination of profile and start time, each with a seed of its own: nine combinations and one
 * of them twice, with ten seeds. Confidence intervals are over the cells.
 */
export function spreadCells(
  seeds: number,
  firstSeed: number,
  profiles: readonly ServiceProfile[],
  startTimesMs: readonly number[],
  cores = 16,
): readonly Cell[] {
  return Array.from({ length: seeds }, (_, index) => ({
    seed: firstSeed + index,
    profile: profiles[index % profiles.length] as ServiceProfile,
    startMs: startTimesMs[(index + Math.floor(index / profiles.length)) % startTimesMs.length] as number,
    cores,
  }));
}
