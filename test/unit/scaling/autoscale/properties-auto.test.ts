import { expect } from 'chai';
import fc from 'fast-check';
import type { MetricName, ScalingRule } from '../../../../config/rule-types.ts';
import { decide } from '../../../../src/scaling/autoscale/decide.ts';
import { explain } from '../../../../src/scaling/autoscale/explain.ts';
import { lintRules } from '../../../../src/scaling/autoscale/linter.ts';
import type { Observation, WorkerObservation } from '../../../../src/scaling/autoscale/observation.ts';
import { createPolicy, type ScalingPolicy } from '../../../../src/scaling/autoscale/policy.ts';
import type { DecisionRecord } from '../../../../src/scaling/autoscale/record.ts';
import { initialState } from '../../../../src/scaling/autoscale/state.ts';
import { deepFreeze } from './fixtures/bench.ts';
import { machine, observation, requests, START_MS, silent, worker } from './fixtures/observations.ts';
import { rule, stepRule, targetRule } from './fixtures/rules.ts';

const SEED = 20_260_102;
const METRICS: readonly MetricName[] = [
  'cpu',
  'elu',
  'memory',
  'inFlight',
  'requestRate',
  'responseTime',
  'custom:depth',
];

const common = {
  metric: fc.constantFrom(...METRICS),
  windowMs: fc.constantFrom(1_000, 3_000, 10_000, 30_000),
  cooldownMs: fc.constantFrom(0, 1_000, 20_000),
  priority: fc.integer({ min: 0, max: 9 }),
  enabled: fc.constantFrom(true, true, true, false),
};
const threshold = fc.integer({ min: 0, max: 600 });
const amount = fc.integer({ min: 1, max: 8 });

const someRule: fc.Arbitrary<ScalingRule> = fc.oneof(
  fc
    .record({
      ...common,
      operator: fc.constantFrom('gt', 'gte', 'lt', 'lte'),
      threshold,
      clearThreshold: fc.option(threshold),
      action: fc.constantFrom('scale-up', 'scale-down', 'alert'),
      scaleAmount: amount,
      unit: fc.constantFrom('workers', 'percent'),
    })
    .map((given) => rule(given as Partial<Parameters<typeof rule>[0] & object>)),
  fc
    .record({
      ...common,
      operator: fc.constantFrom('gt', 'gte', 'lt', 'lte'),
      steps: fc.array(fc.record({ threshold, scaleAmount: amount }), { minLength: 1, maxLength: 4 }),
      action: fc.constantFrom('scale-up', 'scale-down'),
    })
    .map((given) => stepRule(given as Partial<Parameters<typeof stepRule>[0] & object>)),
  fc
    .record({ ...common, target: fc.integer({ min: 1, max: 500 }), tolerance: fc.option(fc.constantFrom(0, 0.1, 0.5)) })
    .map((given) => targetRule(given)),
);

const somePolicy: fc.Arbitrary<ScalingPolicy> = fc
  .record({
    rules: fc.array(someRule, { maxLength: 6 }),
    min: fc.integer({ min: 1, max: 4 }),
    room: fc.integer({ min: 0, max: 8 }),
    mode: fc.constantFrom('auto', 'auto', 'rules'),
    scaleDownStabilizationMs: fc.constantFrom(0, 3_000, 120_000),
  })
  .map(({ rules, min, room, mode, scaleDownStabilizationMs }) => {
    const named = rules.map((one, index) => ({ ...one, name: `rule-${index}` }));
    return createPolicy(named, { min, max: min + room }, { mode: mode as 'auto' | 'rules', scaleDownStabilizationMs });
  });

const ratio = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
const odd = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1);

const someWorker: fc.Arbitrary<Omit<WorkerObservation, 'id'>> = fc
  .record({
    phase: fc.constantFrom('ready', 'ready', 'ready', 'ready', 'starting', 'draining'),
    readyAtMs: fc.constantFrom(START_MS - 60_000, START_MS, null),
    startedAtMs: fc.constantFrom(START_MS - 61_000, START_MS - 500),
    sampleAgeMs: fc.constantFrom(0, 900, 2_900, 3_100, null),
    figures: fc.option(
      fc.record({
        elu: fc.oneof({ weight: 9, arbitrary: ratio }, { weight: 1, arbitrary: odd }),
        cpu: ratio,
        runDelay: fc.option(ratio),
        rssBytes: fc.integer({ min: 0, max: 500_000_000 }),
        heapUsedBytes: fc.constant(1),
        loopDelayP99Ms: fc.integer({ min: 0, max: 4_000 }),
        inFlight: fc.integer({ min: 0, max: 600 }),
      }),
      { freq: 8 },
    ),
  })
  .map((given) => given as Omit<WorkerObservation, 'id'>);

const seen: fc.Arbitrary<Partial<Observation>> = fc
  .record({
    list: fc.array(someWorker, { maxLength: 9 }),
    cores: fc.integer({ min: 1, max: 8 }),
    cpuUtilization: fc.option(ratio),
    availableMemoryBytes: fc.option(fc.integer({ min: 0, max: 16_000_000_000 })),
    count: fc.integer({ min: 0, max: 500 }),
    latencyMs: fc.integer({ min: 1, max: 5_000 }),
    silentTraffic: fc.constantFrom(false, false, false, true),
    queued: fc.option(fc.integer({ min: 0, max: 500 }), { nil: undefined }),
    depth: fc.option(fc.integer({ min: 0, max: 50 })),
    frozen: fc.constantFrom(false, false, false, true),
    reloading: fc.constantFrom(false, false, false, true),
  })
  .map((given) => ({
    workers: given.list.map((one, id) => ({ id, ...one }) as WorkerObservation),
    machine: machine({
      cores: given.cores,
      cpuUtilization: given.cpuUtilization,
      availableMemoryBytes: given.availableMemoryBytes,
    }),
    traffic: given.silentTraffic ? null : requests(given.count, given.latencyMs),
    ...(given.queued === undefined ? {} : { queued: given.queued }),
    custom: given.depth === null ? {} : { depth: given.depth },
    crashLoop: { frozen: given.frozen, lastHealthyCount: 3 },
    reloading: given.reloading,
  }));

function replay(policy: ScalingPolicy, list: readonly (Partial<Observation> | null)[]): DecisionRecord[] {
  let state = initialState(policy.limits.min);
  return list.map((what, index) => {
    const nowMs = START_MS + 1_000 * (index + 1);
    const given = what === null ? { unobserved: 'x' } : observation({ ...what, atMs: nowMs, desired: state.desired });
    const decision = decide(policy, state, deepFreeze(given), nowMs);
    state = deepFreeze(decision.state);
    return decision.record;
  });
}

describe('whatever the rules are and whatever is observed', () => {
  it('the number stays within the limits, nothing throws, and the record is JSON of finite figures', () => {
    fc.assert(
      fc.property(
        somePolicy,
        fc.array(fc.option(seen, { freq: 10 }), { minLength: 1, maxLength: 20 }),
        (policy, list) => {
          for (const record of replay(policy, list)) {
            expect(record.desired).to.be.within(policy.limits.min, policy.limits.max);
            expect(JSON.parse(JSON.stringify(record))).to.deep.equal(record);
            expect(explain(record).join('\n')).to.not.match(/NaN|undefined|Infinity/);
          }
          lintRules(policy); // and neither does the linter
        },
      ),
      { seed: SEED, numRuns: 80 },
    );
  });

  it('a replay gives the same bytes', () => {
    fc.assert(
      fc.property(
        somePolicy,
        fc.array(fc.option(seen, { freq: 10 }), { minLength: 1, maxLength: 12 }),
        (policy, list) => {
          expect(JSON.stringify(replay(policy, list))).to.equal(JSON.stringify(replay(policy, list)));
        },
      ),
      { seed: SEED, numRuns: 30 },
    );
  });

  it('the number never falls while a worker’s figures or all of the traffic’s are missing', () => {
    const incomplete = fc.tuple(seen, fc.boolean()).map(([what, wholly]): Partial<Observation> | null => {
      return wholly ? null : { ...what, workers: [...(what.workers ?? []), worker(90), silent(99)] };
    });
    fc.assert(
      fc.property(somePolicy, fc.array(incomplete, { minLength: 1, maxLength: 20 }), (policy, list) => {
        for (const record of replay(policy, list)) expect(record.desired).to.be.at.least(record.before);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});
