import { expect } from 'chai';
import fc from 'fast-check';
import { decide } from '../../../../src/scaling/autoscale/decide.ts';
import type { Observation, WorkerObservation } from '../../../../src/scaling/autoscale/observation.ts';
import { withPause, withPin } from '../../../../src/scaling/autoscale/pin.ts';
import { createPolicy } from '../../../../src/scaling/autoscale/policy.ts';
import type { DecisionRecord } from '../../../../src/scaling/autoscale/record.ts';
import { initialState, type ScalerState } from '../../../../src/scaling/autoscale/state.ts';
import { deepFreeze } from './fixtures/bench.ts';
import { machine, observation, requests, START_MS, silent, worker } from './fixtures/observations.ts';
import { alertRule, lowRule, rule, stepRule, targetRule } from './fixtures/rules.ts';

const SEED = 20_260_101;

const POLICY = deepFreeze(
  createPolicy(
    [
      rule({ scaleAmount: 2, cooldownMs: 5_000, windowMs: 3_000, clearThreshold: 70 }),
      lowRule({ cooldownMs: 4_000, windowMs: 2_000 }),
      stepRule({ name: 'elu-steps', metric: 'elu', cooldownMs: 3_000 }),
      targetRule({ name: 'load', metric: 'inFlight', target: 20 }),
      rule({ name: 'slow', metric: 'responseTime', threshold: 500, cooldownMs: 2_000 }),
      rule({ name: 'depth', metric: 'custom:depth', threshold: 10, cooldownMs: 1_000 }),
      alertRule(),
    ],
    { min: 2, max: 7 },
    { mode: 'rules', scaleDownStabilizationMs: 6_000 },
  ),
);

const ratio = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);

const someWorker: fc.Arbitrary<Omit<WorkerObservation, 'id'>> = fc.record({
  phase: fc.constantFrom('ready', 'ready', 'ready', 'starting', 'draining'),
  readyAtMs: fc.constantFrom(START_MS - 60_000, START_MS, null),
  sampleAgeMs: fc.constantFrom(0, 900, 2_900, 3_100, null),
  figures: fc.option(
    fc.record({
      elu: ratio,
      cpu: ratio,
      runDelay: fc.option(ratio),
      rssBytes: fc.integer({ min: 0, max: 500_000_000 }),
      heapUsedBytes: fc.constant(1),
      loopDelayP99Ms: fc.integer({ min: 10, max: 200 }),
      inFlight: fc.integer({ min: 0, max: 60 }),
    }),
    { freq: 8 },
  ),
});

type Seen = Pick<Observation, 'workers' | 'machine' | 'traffic' | 'crashLoop' | 'reloading' | 'custom'>;

const seen: fc.Arbitrary<Seen> = fc.record({
  workers: fc
    .array(someWorker, { maxLength: 9 })
    .map((list) => list.map((one, id) => ({ id, ...one }) as WorkerObservation)),
  machine: fc
    .record({
      cores: fc.integer({ min: 1, max: 8 }),
      cpuUtilization: fc.option(ratio),
      availableMemoryBytes: fc.option(fc.integer({ min: 0, max: 16_000_000_000 })),
    })
    .map((given) => machine(given)),
  traffic: fc.option(
    fc
      .record({
        count: fc.integer({ min: 0, max: 200 }),
        latencyMs: fc.integer({ min: 1, max: 2_000 }),
        errors: fc.integer({ min: 0, max: 3 }),
      })
      .map(({ count, latencyMs, errors }) => requests(count, latencyMs, { errors: Math.min(count, errors) })),
    { freq: 9 },
  ),
  crashLoop: fc.record({ frozen: fc.boolean(), lastHealthyCount: fc.integer({ min: 0, max: 9 }) }),
  reloading: fc.boolean(),
  custom: fc.constantFrom({}, { depth: 3 }, { depth: 30 }),
});

/** What happens in one second: something is seen, or nothing; somebody may intervene. */
const second = fc.record({
  seen: fc.option(seen, { freq: 12 }),
  hand: fc.constantFrom('none', 'none', 'none', 'none', 'pin', 'forced pin', 'pause', 'resume'),
  instances: fc.integer({ min: 0, max: 12 }),
});

function intervene(state: ScalerState, hand: string, instances: number, nowMs: number): ScalerState {
  const wish = { instances, reason: 'r', forMs: 3_000, force: hand === 'forced pin', by: 'b' };
  if (hand === 'pin' || hand === 'forced pin') return withPin(state, wish, nowMs);
  if (hand === 'pause') return withPause(state, 'b', 'r', nowMs);
  return hand === 'resume' ? { ...state, manual: { pin: null, floor: null, paused: null } } : state;
}

type Second = typeof second extends fc.Arbitrary<infer T> ? T : never;

function replay(
  seconds: readonly Second[],
  between: (state: ScalerState) => ScalerState = (state) => state,
): DecisionRecord[] {
  let state = initialState(4);
  return seconds.map(({ seen: what, hand, instances }, index) => {
    const nowMs = START_MS + 1_000 * (index + 1);
    state = deepFreeze(intervene(between(state), hand, instances, nowMs));
    const given = what === null ? { unobserved: 'x' } : observation({ ...what, atMs: nowMs, desired: state.desired });
    const decision = decide(POLICY, state, deepFreeze(given), nowMs);
    state = decision.state;
    expect(decision.desired).to.equal(decision.record.desired);
    return decision.record;
  });
}

describe('whatever is observed', () => {
  it('the number stays within the limits, and the record adds up', () => {
    fc.assert(
      fc.property(fc.array(second, { minLength: 1, maxLength: 25 }), (seconds) => {
        let before = 4;
        for (const record of replay(seconds)) {
          expect(record.before).to.equal(before);
          expect(record.desired).to.be.within(2, 7);
          expect(record.action).to.equal(
            record.desired > before ? 'scale-up' : record.desired < before ? 'scale-down' : 'hold',
          );
          // Each clamp goes on where the one before it ended.
          for (const [index, clamp] of record.clamps.entries()) {
            if (index > 0) expect(clamp.before).to.equal(record.clamps[index - 1]?.after);
          }
          const last = record.clamps.at(-1);
          if (last !== undefined) expect(last.after).to.equal(record.desired);
          before = record.desired;
        }
      }),
      { seed: SEED, numRuns: 80 },
    );
  });

  it('the same inputs give the same bytes, also from a state that was written and read', () => {
    fc.assert(
      fc.property(fc.array(second, { minLength: 1, maxLength: 15 }), (seconds) => {
        const bytes = JSON.stringify(replay(seconds));
        expect(JSON.stringify(replay(seconds))).to.equal(bytes);
        const stored = (state: ScalerState) => JSON.parse(JSON.stringify(state)) as ScalerState;
        expect(JSON.stringify(replay(seconds, stored))).to.equal(bytes);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it('the number never falls while anything is missing', () => {
    const incomplete = fc
      .tuple(seen, fc.constantFrom('worker', 'traffic', 'gauge', 'everything'))
      .map(([what, gap]): Seen | null => {
        const whole = { ...what, workers: [...what.workers, worker(90)] };
        if (gap === 'worker') return { ...whole, workers: [...whole.workers, silent(99)] };
        if (gap === 'traffic') return { ...whole, traffic: null };
        return gap === 'gauge' ? { ...whole, custom: {} } : null;
      });
    fc.assert(
      fc.property(fc.array(incomplete, { minLength: 1, maxLength: 25 }), (list) => {
        const seconds = list.map((what) => ({ seen: what, hand: 'none' as const, instances: 0 }));
        for (const record of replay(seconds)) expect(record.desired).to.be.at.least(record.before);
      }),
      { seed: SEED, numRuns: 80 },
    );
  });

  it('a pin within the limits that memory allows is what there is', () => {
    fc.assert(
      fc.property(
        fc.array(seen, { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 2, max: 7 }),
        (list, instances) => {
          const seconds = list.map((what) => ({ seen: what, hand: 'forced pin' as const, instances }));
          for (const record of replay(seconds)) expect(record.desired).to.equal(instances);
        },
      ),
      { seed: SEED, numRuns: 40 },
    );
  });
});
