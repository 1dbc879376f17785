import type { Evidence } from '../evidence.ts';
import { latestLoad, offeredLoad } from './offered-load.ts';

/** The load in erlangs, as far as the recent seconds tell it from chance. */
export interface PlannedLoad {
  readonly fast: number;
  readonly normal: number;
  /** What is planned for: the normal window, or a shorter one that differs from it by more than chance. */
  readonly present: number;
  /** What chance makes the normal window's mean differ by: one standard deviation. */
  readonly chance: number;
  /** True: the latest moments say more than chance does even once an hour. */
  readonly isBurstSure: boolean;
  /** True: neither comes nor goes anything beyond chance. */
  readonly isSteady: boolean;
}

const FAST_MS = 3_000;
const NORMAL_MS = 10_000;
/** Standard deviations beyond which a difference is none of chance: 2 % of the seconds of a steady load. */
const BEYOND_CHANCE = 2.5;
/** Standard deviations beyond which chance leads once in 30,000 times: as often as a loop is looked at in an hour. */
const BEYOND_DOUBT = 4;
/** A load is called steady with more room, or it would not be for long. */
const STEADY = 2.5;

/**
 * Reads the load over 3 s and 10 s, in a burst over the latest second too.
 *
 * Requests come by chance: Poisson arrivals of work S each, as uneven as an exponential distribution, make the mean of a load `a` over
 * a time T off by √(2 a S ÷ T); where requests are more uneven, κ stands for S. Worked: 2.4 erlangs of 10 ms are off by 0.13 in 3 s and
 * by 0.07 in 10 s, so 2.6 in 3 s is no reason for a worker, and 2.7 is one.
 * @param scaleMs κ; null: unknown
 * @param isBurst the loops have no time left: the latest second's growth of the backlog is load
 * @returns null when no sample of the windows tells
 */
export function plannedLoad(
  evidence: Evidence,
  serviceSeconds: number | null,
  scaleMs: number | null,
  isBurst: boolean,
): PlannedLoad | null {
  const fast = offeredLoad(evidence, FAST_MS, serviceSeconds);
  const normal = offeredLoad(evidence, NORMAL_MS, serviceSeconds);
  if (fast === null || normal === null) return null;
  const latest = isBurst ? latestLoad(evidence, serviceSeconds) : null;
  const unevenMs = Math.max((serviceSeconds ?? 0) * 1_000, scaleMs ?? 0);
  const chance = (overMs: number): number => Math.sqrt((2 * normal * unevenMs) / overMs);
  const beyond = (load: number | null, overMs: number): number =>
    load !== null && load - normal > BEYOND_CHANCE * chance(overMs) ? load : 0;
  return {
    fast,
    normal,
    present: Math.max(normal, beyond(fast, FAST_MS), beyond(latest?.erlangs ?? null, latest?.spanMs ?? NORMAL_MS)),
    chance: chance(NORMAL_MS),
    isBurstSure: latest !== null && latest.erlangs - normal > BEYOND_DOUBT * chance(latest.spanMs),
    isSteady: !isBurst && Math.abs(fast - normal) < STEADY * chance(FAST_MS),
  };
}
