/** `node dist/benchmarks/decide-bench.js`: what one decision costs, for 64 workers and 20 rules. The goal is 200 µs at most. */
import type { ScalingRule } from '../config/rule-types.ts';
import { LATENCY_BOUNDS_MS, LATENCY_BUCKET_COUNT } from '../src/ipc/latency-buckets.ts';
import { decide } from '../src/scaling/autoscale/decide.ts';
import type { Observation, WorkerObservation } from '../src/scaling/autoscale/observation.ts';
import { createPolicy } from '../src/scaling/autoscale/policy.ts';
import { initialState } from '../src/scaling/autoscale/state.ts';

const WORKERS = 64;
const RULES = 20;
const WARM_UP = 2_000;
const MEASURED = 5_000;
const START_MS = 1_767_225_600_000;

const METRICS = ['cpu', 'elu', 'responseTime', 'requestRate', 'inFlight'] as const;

const rules = Array.from({ length: RULES }, (_, index): ScalingRule => {
  const metric = METRICS[index % METRICS.length] ?? 'cpu';
  return {
    name: `rule-${index}`,
    enabled: true,
    metric,
    aggregate: metric === 'responseTime' ? 'p95' : 'mean',
    windowMs: 10_000,
    cooldownMs: 30_000,
    priority: index,
    type: 'threshold',
    operator: 'gte',
    threshold: 90 + index,
    clearThreshold: null,
    action: 'scale-up',
    scaleAmount: 1,
    unit: 'workers',
  };
});

function observationAt(second: number): Observation {
  const elu = 0.6 + 0.1 * Math.sin(second / 60);
  const worker = (id: number): WorkerObservation => ({
    id,
    phase: 'ready',
    startedAtMs: START_MS - 61_000,
    readyAtMs: START_MS - 60_000,
    sampleAgeMs: 300,
    figures: {
      elu,
      cpu: elu,
      runDelay: 0.02,
      rssBytes: 90_000_000,
      heapUsedBytes: 40_000_000,
      loopDelayP99Ms: 8,
      inFlight: 12,
    },
  });
  const latencyCounts = new Array<number>(LATENCY_BUCKET_COUNT).fill(20);
  return {
    atMs: START_MS + second * 1_000,
    desired: WORKERS,
    workers: Array.from({ length: WORKERS }, (_, id) => worker(id)),
    machine: { cores: 64, cpuUtilization: 0.6, totalMemoryBytes: 256e9, availableMemoryBytes: 200e9 },
    traffic: {
      intervalMs: 1_000,
      started: 2_000,
      completed: 2_000,
      errors: 0,
      latencyBoundsMs: LATENCY_BOUNDS_MS,
      latencyCounts,
    },
    crashLoop: { frozen: false, lastHealthyCount: WORKERS },
    reloading: false,
    capacityUtilization: null,
    bandwidthUtilization: null,
    custom: {},
  };
}

const policy = createPolicy(rules, { min: 1, max: 128 });
const observations = Array.from({ length: WARM_UP + MEASURED }, (_, second) => observationAt(second));
const times: number[] = [];
let state = initialState(WORKERS);
for (const [index, observation] of observations.entries()) {
  const beginMs = performance.now();
  ({ state } = decide(policy, state, { ...observation, desired: state.desired }, observation.atMs));
  if (index >= WARM_UP) times.push((performance.now() - beginMs) * 1_000);
}
times.sort((one, other) => one - other);
const at = (quantile: number): string => (times[Math.floor(quantile * (times.length - 1))] as number).toFixed(0);
process.stdout.write(
  `decide() for ${WORKERS} workers and ${RULES} rules: median ${at(0.5)} µs, p95 ${at(0.95)} µs, p99 ${at(0.99)} µs (goal: 200 µs)\n`,
);
