import type { Observation } from '../../autoscale/observation.ts';
import type { DecisionRecord } from '../../autoscale/record.ts';
import type { Controller, RunFacts, Verdict } from '../controllers/controller.ts';
import type { Workload } from '../load/workload.ts';
import { ABANDON_MS, Tally } from '../results/tally.ts';
import { createDispatcher } from './dispatcher.ts';
import { EventLoops } from './event-loops.ts';
import { isWithin, Lifecycle } from './lifecycle.ts';
import { Observer } from './observer.ts';

const TICK_MS = 100;
const TICKS_PER_ROUND = 10;

/** One change of the wanted number. */
export interface Change {
  readonly atS: number;
  readonly before: number;
  readonly after: number;
  readonly reason: string;
}

/** What happened in one run. Arrays have one entry for each second. */
export interface RunTrace {
  readonly tally: Tally;
  readonly ready: Float64Array;
  readonly desired: Float64Array;
  /** Processes there were, those that start or drain included: each second of each costs. */
  readonly alive: Float64Array;
  readonly changes: readonly Change[];
  readonly workerSeconds: number;
}

export interface RunSpec {
  readonly workload: Workload;
  readonly facts: RunFacts;
  readonly seed: number;
  /** From a decision to the first process started or told to leave. */
  readonly decisionDelayMs?: number;
  /** Gets each round, for recordings. */
  readonly onRound?: (observation: Observation, record: DecisionRecord | undefined) => void;
}

/**
 * Simulates one run: the same workload, seed and controller give the same trace. The controller is asked once a second, as the
 * live scaler is, and its number takes effect after `decisionDelayMs` (50 ms).
 */
export function runFleet(spec: RunSpec, controller: Controller): RunTrace {
  const { workload, facts, seed, decisionDelayMs = 50 } = spec;
  const { arrivals, profile } = facts;
  const { disturbances } = workload;
  const tally = new Tally(arrivals.durationS, profile.objectiveMs);
  const lifecycle = new Lifecycle(workload, profile, facts.startMs, facts.initial, seed);
  const cores = disturbances.machine?.cores ?? facts.cores;
  const machine = { cores, leakBytes: disturbances.leak?.bytesPerRequest ?? 0 };
  const dispatcher = createDispatcher(arrivals, profile.connections);
  const loops = new EventLoops(arrivals, profile, machine, dispatcher, tally);
  const observer = new Observer(workload, lifecycle, cores, seed);
  const [ready, desired, alive] = [0, 0, 0].map(() => new Float64Array(arrivals.durationS)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const changes: Change[] = [];
  let workerTicks = 0;
  let arrivedBefore = 0;
  let inSystemBefore = 0;
  let effect: { readonly atMs: number; readonly desired: number } | null = null;
  loops.setReady(lifecycle.ready);
  for (let tick = 1; tick <= arrivals.durationS * TICKS_PER_ROUND; tick += 1) {
    const nowMs = tick * TICK_MS;
    const { slowDownstream } = disturbances;
    loops.ioFactor = isWithin(slowDownstream, nowMs) ? (slowDownstream?.factor ?? 1) : 1;
    loops.advance(nowMs);
    if (effect !== null && nowMs >= effect.atMs) {
      lifecycle.desired = effect.desired;
      effect = null;
    }
    lifecycle.tick(nowMs);
    if (lifecycle.ready.length > 0) dispatcher.even(lifecycle.ready);
    loops.setReady(lifecycle.ready);
    workerTicks += lifecycle.workers.length;
    observer.report(tick, nowMs, loops.nowV);
    const saturatedMs = controller.hearsEarly === true ? observer.look(nowMs, loops.nowV) : null;
    const isRegular = tick % TICKS_PER_ROUND === 0;
    if (!isRegular && saturatedMs === null) continue;
    const observation: Observation = {
      ...observer.observe(nowMs, loops.usedMs, isRegular ? null : saturatedMs),
      desired: effect?.desired ?? lifecycle.desired,
    };
    const front = {
      concurrency: (loops.inSystemMs - inSystemBefore) / 1_000,
      requestsPerSecond: loops.arrived - arrivedBefore,
      queued: loops.queued,
    };
    if (isRegular) {
      arrivedBefore = loops.arrived;
      inSystemBefore = loops.inSystemMs;
    }
    const verdict: Verdict = controller.decide({ nowMs, observation, front });
    spec.onRound?.(observation, verdict.record);
    if (verdict.desired !== observation.desired) {
      changes.push({ atS: nowMs / 1_000, before: observation.desired, after: verdict.desired, reason: verdict.reason });
      effect = { atMs: nowMs + decisionDelayMs, desired: verdict.desired };
    }
    if (!isRegular) continue;
    const second = tick / TICKS_PER_ROUND - 1;
    ready[second] = lifecycle.ready.length;
    desired[second] = verdict.desired;
    alive[second] = lifecycle.workers.length;
  }
  countRest(loops, tally, arrivals.durationS * 1_000);
  return { tally, ready, desired, alive, changes, workerSeconds: (workerTicks * TICK_MS) / 1_000 };
}

/** What was sent near the end has the time to be answered that everything else had. */
function countRest(loops: EventLoops, tally: Tally, endMs: number): void {
  loops.advance(endMs + ABANDON_MS);
  const counted = tally.total.reduce((sum, count) => sum + count, 0);
  for (let left = loops.arrived - counted; left > 0; left -= 1) tally.unanswered(endMs - 1);
}
