/**
 * Keep-alive connections stay where they were accepted, so under them a new worker would stay idle. Ten times a second this plans
 * which worker gives how many connections to which. The difficulty is that figures are old: a move shows in them seconds
 * later. So what was moved is remembered and added to the figures until it must be in them (`rebalance-memory.ts`), an episode moves no more
 * than was needed when it began (`rebalance-episode.ts`), and who gave does not receive for a while.
 */
import { BASIS_RULES, type Basis, type BasisRules, chooseBasis, type LoadFigures } from './rebalance-basis.ts';
import { type Episode, type Move, planRound } from './rebalance-episode.ts';
import { forgetMoved, isQuarantined, noteMoves, recall, SMOOTHING_MS, type WorkerMemory } from './rebalance-memory.ts';
import type { Participant } from './rebalance-pairing.ts';

export type { Move } from './rebalance-episode.ts';

export interface WorkerLoad {
  readonly id: number;
  /** Positive; only its ratio to the others' counts. */
  readonly weight: number;
  /** Connections of a kind that can move (plain HTTP/1.1), whether idle or busy at the moment; default all. */
  readonly movable?: number;
  readonly connections: number;
  readonly inFlight: number;
  /** Completed requests a second, smoothed. */
  readonly requestRate: number;
  /** Event-loop utilization, 0..1. */
  readonly elu: number;
  /** On the clock of `nowMs`. */
  readonly readyAtMs: number;
}

export interface RebalanceState {
  readonly atMs: number;
  readonly basis: Basis;
  readonly episode: Episode;
  readonly workers: ReadonlyMap<number, WorkerMemory>;
}

export interface RebalanceOptions {
  /** Mean age of what the figures tell: half the reporting interval and the caller's own smoothing. Default 1,000. */
  readonly figureLagMs?: number;
}

export interface MovePlan {
  readonly state: RebalanceState;
  readonly moves: readonly Move[];
}

export const INITIAL_REBALANCE_STATE: RebalanceState = {
  atMs: 0,
  basis: 'rate',
  episode: { phase: 'quiet', notBeforeMs: 0 },
  workers: new Map(),
};

const DEFAULT_FIGURE_LAG_MS = 1_000;
/** A worker younger than this does not give, and its utilization, which is that of its start, is not looked at. */
const SETTLE_MS = 3_000;
/**
 * A worker so far above the mean in utilization, or in requests in flight, does not receive: that it completes few requests may
 * mean that it is stuck.
 */
const TOO_BUSY = { elu: 0.1, inFlightTimes: 1.5, inFlightPlus: 4 };

/**
 * The moves of this round. Example: 64 equally busy connections on two of three workers: 20 moves within 1.5 s, then quiet.
 *
 * @param loads the workers that are ready and report; one whose figures are stale must be left out, since it looks idle.
 * @param state `INITIAL_REBALANCE_STATE` at first, then what the previous call returned.
 */
export function planMoves(
  loads: readonly WorkerLoad[],
  state: RebalanceState,
  nowMs: number,
  options: RebalanceOptions = {},
): MovePlan {
  const figureLagMs = options.figureLagMs ?? DEFAULT_FIGURE_LAG_MS;
  const elapsedMs = Math.max(0, nowMs - state.atMs);
  const meanWeight = loads.reduce((sum, load) => sum + load.weight, 0) / loads.length;
  const recalled = loads.map((load) =>
    recall(state.workers.get(load.id), load, load.weight / meanWeight, elapsedMs, figureLagMs),
  );
  const figures = loads.map((load, index): LoadFigures => {
    const memory = recalled[index] as WorkerMemory;
    return isYoung(load, nowMs) ? { ...memory, elu: null } : memory;
  });

  const settledAtMs = nowMs + figureLagMs + SMOOTHING_MS;
  const basis = chooseBasis(state.basis, figures);
  const isSwitched = basis !== state.basis && state.workers.size > 0;
  const memories = isSwitched ? recalled.map(forgetMoved) : recalled;
  const episode: Episode = isSwitched ? { phase: 'quiet', notBeforeMs: settledAtMs } : state.episode;

  const rules = BASIS_RULES[basis];
  const isTooBusy = busynessOf(figures);
  const participants = loads.map((load, index) => {
    const memory = memories[index] as WorkerMemory;
    return {
      ...participantOf(load, load.weight / meanWeight, memory, rules),
      mayGive: !isYoung(load, nowMs),
      mayReceive: !isQuarantined(memory, nowMs) && !isTooBusy(figures[index] as LoadFigures),
    };
  });
  const before = participants.map(({ load }) => load);
  const round = planRound(participants, episode, rules, nowMs, settledAtMs);
  const workers = new Map(
    participants.map(({ id, load }, index) => [
      id,
      noteMoves(memories[index] as WorkerMemory, load - (before[index] as number), nowMs),
    ]),
  );
  return { state: { atMs: nowMs, basis, episode: round.episode, workers }, moves: round.moves };
}

function isYoung(load: WorkerLoad, nowMs: number): boolean {
  return nowMs - load.readyAtMs < SETTLE_MS;
}

function participantOf(load: WorkerLoad, weight: number, memory: WorkerMemory, rules: BasisRules): Participant {
  const movable = load.movable ?? load.connections;
  const reported = memory[rules.quantity];
  return {
    id: load.id,
    weight,
    load: Math.max(0, reported + memory.unreported + memory.unsmoothed),
    perConnection: rules.quantity === 'connections' ? 1 : (reported * weight) / Math.max(1, movable),
    movable,
    mayGive: true,
    mayReceive: true,
    net: 0,
  };
}

function busynessOf(figures: readonly LoadFigures[]): (worker: LoadFigures) => boolean {
  const elus = figures.flatMap(({ elu }) => (elu === null ? [] : [elu]));
  const maxElu = mean(elus) + TOO_BUSY.elu;
  const maxInFlight = mean(figures.map(({ inFlight }) => inFlight)) * TOO_BUSY.inFlightTimes + TOO_BUSY.inFlightPlus;
  return ({ elu, inFlight }) => inFlight > maxInFlight || (elu !== null && elu > maxElu);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
