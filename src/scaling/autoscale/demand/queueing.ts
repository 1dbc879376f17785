import type { Observation } from '../observation.ts';
import { type Latencies, observeLatencies } from './own-time.ts';

/** What is known of how the app's requests queue. Decayed, so that a deployment is followed. */
export interface QueueingState extends Latencies {
  /** Epoch milliseconds of the latest observation; null: none yet. */
  readonly atMs: number | null;
  /** When it was last seen that the load is not steady. */
  readonly unsteadyAtMs: number;
  /** Each worker's share of time at work, over some ten seconds. */
  readonly busy: Readonly<Record<string, number>>;
  /** Σ of how late loops were in ms, and Σ of how late a queueing scale of 1 ms would have made them. */
  readonly lateMs: number;
  readonly expected: number;
  /** Loop seconds in which whoever came waited longer than the objective leaves, each times the loop's utilization. */
  readonly lateSeconds: number;
  /** Loop seconds looked at, by utilization: ten groups. */
  readonly secondsAt: readonly number[];
  /** Mean squared difference between a worker's load and the mean load, relative to it, less what chance makes of an even one. */
  readonly unevenness: number;
}

const GROUPS = 10;

export const NO_QUEUEING: QueueingState = {
  atMs: null,
  unsteadyAtMs: 0,
  busy: {},
  lateMs: 0,
  expected: 0,
  lateSeconds: 0,
  secondsAt: new Array<number>(GROUPS).fill(0),
  unevenness: 0,
  latencyBoundsMs: [],
  latencies: [],
};

/** One second of one event loop. */
export interface LoopFigures {
  readonly id: number;
  /** 0..1, the time spent waiting for a core left out. */
  readonly busy: number;
  /** 99th percentile of how late it was. */
  readonly delayMs: number;
}

/** What the demand core knows beside the observation. */
interface Given {
  /** Null: unknown. */
  readonly serviceSeconds: number | null;
  /** Assumed until it is measured. */
  readonly variability: number;
  /** What a usual request may wait. */
  readonly waitMs: number;
  readonly isSteady: boolean;
}

const BUSY_SECONDS = 10;
const HALF_LIFE_SECONDS = 120;
const UNEVEN_SECONDS = 30;
/** Below, a loop's delay is what one request takes; above, it is a queue that grows and no steady state. */
const [LEAST_BUSY, MOST_BUSY] = [0.3, 0.92];
/** One second counts for no more than this many times what it was expected to be: a collection of garbage, a blocking call. */
const OUTLIER = 4;
/** The agents' delay is a 99th percentile. */
const DELAY_TAIL = 0.01;
/** What the assumption counts beside the measurements: about ten seconds of one worker, and a minute of one for the tail. */
const PRIOR = 100;
const PRIOR_SECONDS = 60;
const PRIOR_UTILIZATION = 0.75;
/** What queues in a change of the load says nothing about a steady one. */
const SETTLED_MS = 10_000;
const HALVINGS = 8;

/** Takes in one observation. */
export function observeQueueing(
  before: QueueingState,
  { atMs, traffic }: Pick<Observation, 'atMs' | 'traffic'>,
  loops: readonly LoopFigures[],
  given: Given,
): QueueingState {
  const seconds = before.atMs === null ? 1 : Math.max(0, (atMs - before.atMs) / 1_000);
  const scaleMs = queueingScaleMs(before, given);
  const busy = busyAfter(before.busy, loops, seconds);
  const unsteadyAtMs = given.isSteady ? before.unsteadyAtMs : atMs;
  const isSettled = atMs - unsteadyAtMs >= SETTLED_MS;
  return {
    atMs,
    unsteadyAtMs,
    busy,
    ...delaysAfter(before, isSettled ? loops : [], busy, { scaleMs, waitMs: given.waitMs, seconds }),
    unevenness: unevennessAfter(before.unevenness, Object.values(busy), scaleMs, seconds),
    ...observeLatencies(before, traffic, seconds),
  };
}

/**
 * The scale κ of a loop's queue in milliseconds: `P(W > t) ≈ ρ · exp(−(1 − ρ) t ÷ κ)`. In theory it is S · (c²ₐ + c²ₛ) ÷ 2 (Kingman 1961). Here it
 * is measured twice, and the larger one counts: from how late loops usually were at the utilization they had, and from how often
 * they were later than the objective leaves, which long requests make more often than a mean tells. Until then the assumption counts.
 * @returns null while not even the service time is known
 */
export function queueingScaleMs(
  { lateMs, expected, lateSeconds, secondsAt }: QueueingState,
  { serviceSeconds, variability, waitMs }: Pick<Given, 'serviceSeconds' | 'variability' | 'waitMs'>,
): number | null {
  if (serviceSeconds === null) return null;
  const usual = (lateMs + PRIOR * serviceSeconds * 1_000 * variability) / (expected + PRIOR);
  if (lateSeconds < 0.001) return usual;
  const seen = lateSeconds + PRIOR_SECONDS * lateAt(PRIOR_UTILIZATION, usual, waitMs);
  const explains = (scaleMs: number): boolean => {
    let late = PRIOR_SECONDS * lateAt(PRIOR_UTILIZATION, scaleMs, waitMs);
    for (const [group, seconds] of secondsAt.entries()) {
      if (seconds > 0) late += seconds * lateAt((group + 0.5) / GROUPS, scaleMs, waitMs);
    }
    return late >= seen;
  };
  if (explains(usual)) return usual;
  let [low, high] = [usual, Math.max(usual, waitMs)];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (explains(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Of one loop second at this utilization, the share in which whoever comes waits too long, times the utilization. */
function lateAt(utilization: number, scaleMs: number, waitMs: number): number {
  return utilization * utilization * Math.exp((-(1 - utilization) * waitMs) / scaleMs);
}

function busyAfter(
  before: QueueingState['busy'],
  loops: readonly LoopFigures[],
  seconds: number,
): QueueingState['busy'] {
  const weight = 1 - Math.exp(-seconds / BUSY_SECONDS);
  const after: Record<string, number> = {};
  for (const { id, busy } of loops) {
    const known = before[id] ?? busy;
    after[id] = known + weight * (busy - known);
  }
  return after;
}

function delaysAfter(
  before: QueueingState,
  loops: readonly LoopFigures[],
  usualBusy: QueueingState['busy'],
  given: { readonly scaleMs: number | null; readonly waitMs: number; readonly seconds: number },
): Pick<QueueingState, 'lateMs' | 'expected' | 'lateSeconds' | 'secondsAt'> {
  const { scaleMs, waitMs, seconds } = given;
  const kept = 0.5 ** (seconds / HALF_LIFE_SECONDS);
  let [lateMs, expected, lateSeconds] = [before.lateMs * kept, before.expected * kept, before.lateSeconds * kept];
  const secondsAt = before.secondsAt.map((count) => count * kept);
  for (const { id, busy, delayMs } of loops) {
    const usual = usualBusy[id] as number;
    // A queue that is `delay` long gets shorter by 1 − ρ each second: for that long, whoever comes waits too long.
    const tooLong = Math.max(0, delayMs - waitMs) / Math.max(0.05, 1 - usual) / 1_000;
    lateSeconds += Math.min(1, tooLong) * usual;
    const group = Math.min(GROUPS - 1, Math.floor(usual * GROUPS));
    secondsAt[group] = (secondsAt[group] as number) + 1;
    if (usual < LEAST_BUSY || usual > MOST_BUSY || busy > MOST_BUSY) continue;
    const length = Math.log(usual / DELAY_TAIL) / (1 - usual);
    lateMs += Math.min(delayMs, scaleMs === null ? delayMs : OUTLIER * scaleMs * length);
    expected += length;
  }
  return { lateMs, expected, lateSeconds, secondsAt };
}

function unevennessAfter(before: number, busy: readonly number[], scaleMs: number | null, seconds: number): number {
  const sum = busy.reduce((total, value) => total + value, 0);
  if (busy.length < 2 || sum <= 0) return before;
  const mean = sum / busy.length;
  const squares = busy.reduce((total, value) => total + (value / mean - 1) ** 2, 0) / (busy.length - 1);
  // Chance alone makes loads differ, by 2 κ ÷ (ρ T) squared; a decaying mean is one over twice its time.
  const chance = (scaleMs ?? 0) / (mean * BUSY_SECONDS * 1_000);
  return Math.max(0, before + (1 - Math.exp(-seconds / UNEVEN_SECONDS)) * (squares - chance - before));
}
