import { expect } from 'chai';
import { takeAction } from '../../../../src/scaling/health/action-limit.ts';
import { cpu } from '../../../../src/scaling/health/cpu.ts';
import { crashLoop } from '../../../../src/scaling/health/crash-loop.ts';
import { eventLoop } from '../../../../src/scaling/health/event-loop.ts';
import { eventLoopUtilization } from '../../../../src/scaling/health/event-loop-utilization.ts';
import { hungWorkerIds, hungWorkers } from '../../../../src/scaling/health/hung-workers.ts';
import { memory } from '../../../../src/scaling/health/memory.ts';
import { metricsMissing } from '../../../../src/scaling/health/metrics-missing.ts';
import { mayServe, overallStatus } from '../../../../src/scaling/health/overall.ts';
import type { ClusterFacts, Probe, ProbeInput } from '../../../../src/scaling/health/probe.ts';
import { evaluate, type HealthLevel, initialState } from '../../../../src/scaling/health/probe-state.ts';
import { allProbes } from '../../../../src/scaling/health/probes.ts';
import { upstreams } from '../../../../src/scaling/health/upstreams.ts';
import { workerCount } from '../../../../src/scaling/health/worker-count.ts';
import { observation, observed, START_MS } from '../fixtures/cluster-fixtures.ts';

function input(given: Partial<Omit<ProbeInput, 'cluster'>> & { cluster?: Partial<ClusterFacts> } = {}): ProbeInput {
  const cluster = {
    desired: 2,
    ready: 2,
    crashLoop: { frozen: false, failedStarts: 0, lastHealthyCount: 2 },
    ...given.cluster,
  };
  return { observation: observation([observed()]), everReady: true, upstreams: [], ...given, cluster };
}

function machine(given: Partial<ReturnType<typeof observation>['machine']>): ProbeInput {
  const base = observation([observed()]);
  return input({ observation: { ...base, machine: { ...base.machine, ...given } } });
}

/** The level after the same input has been seen once a second for so long. */
function levelAfter(probe: Probe, seconds: number, seen: ProbeInput): HealthLevel {
  let state = initialState(0);
  for (let second = 0; second <= seconds; second += 1) {
    ({ state } = evaluate(probe.spec, state, probe.measure(seen).value, second * 1_000));
  }
  return state.level;
}

describe('the workers probe', () => {
  it('compares ready with desired', () => {
    expect(workerCount.measure(input({ cluster: { ready: 3, desired: 4 } }))).to.deep.equal({
      value: 0.75,
      sentence: '3 of 4 workers are ready',
    });
    expect(workerCount.measure(input({ cluster: { ready: 0, desired: 0 } })).value).to.equal(1);
  });

  it('has no value before the first worker was ready', () => {
    const seen = input({ everReady: false, cluster: { ready: 0 } });
    expect(workerCount.measure(seen).value).to.equal(undefined);
    expect(levelAfter(workerCount, 60, seen)).to.equal('unknown');
  });

  it('grants a growing cluster the time of a start', () => {
    const missingOne = input({ cluster: { ready: 3, desired: 4 } });
    expect(levelAfter(workerCount, 14, missingOne)).to.equal('ok');
    expect(levelAfter(workerCount, 15, missingOne)).to.equal('warning');
    expect(levelAfter(workerCount, 15, input({ cluster: { ready: 2, desired: 4 } }))).to.equal('critical');
  });
});

describe('the event-loop probe', () => {
  it('looks at the worst of the ready workers that report', () => {
    const seen = input({
      observation: observation([
        observed({ loopDelayP99Ms: 20 }),
        observed({ loopDelayP99Ms: 120.4 }),
        observed({ loopDelayP99Ms: 900 }, { phase: 'draining' }),
        observed({ loopDelayP99Ms: 900 }, { sampleAgeMs: 3_001 }),
        observed({}, { sampleAgeMs: null, figures: null }),
      ]),
    });
    expect(eventLoop.measure(seen)).to.deep.equal({
      value: 120.4,
      sentence: 'the slowest event loop is 120 ms late (99th percentile)',
    });
  });

  it('has no value when nobody reports', () => {
    expect(eventLoop.measure(input({ observation: observation([]) })).value).to.equal(undefined);
  });

  it('warns at 100 ms and is critical at 500 ms, after five reports', () => {
    const late = (loopDelayP99Ms: number) => input({ observation: observation([observed({ loopDelayP99Ms })]) });
    expect(levelAfter(eventLoop, 3, late(100))).to.equal('ok');
    expect(levelAfter(eventLoop, 4, late(100))).to.equal('warning');
    expect(levelAfter(eventLoop, 4, late(500))).to.equal('critical');
  });
});

describe('the event-loop-utilization probe', () => {
  it('looks at the busiest worker, and only warns', () => {
    const seen = input({ observation: observation([observed({ elu: 0.2 }), observed({ elu: 1 })]) });
    expect(eventLoopUtilization.measure(seen)).to.deep.equal({
      value: 1,
      sentence: 'the busiest event loop is active 100 % of the time',
    });
    expect(levelAfter(eventLoopUtilization, 60, seen)).to.equal('warning');
  });

  it('has no value when nobody reports', () => {
    expect(eventLoopUtilization.measure(input({ observation: observation([]) })).value).to.equal(undefined);
  });
});

describe('the memory probe', () => {
  it('tells the share that is used', () => {
    expect(memory.measure(machine({ totalMemoryBytes: 1_000, availableMemoryBytes: 250 }))).to.deep.equal({
      value: 0.75,
      sentence: '75 % of the memory is used',
    });
  });

  it('has no value when the available memory is unknown', () => {
    expect(memory.measure(machine({ availableMemoryBytes: null })).value).to.equal(undefined);
    expect(memory.measure(machine({ totalMemoryBytes: 0 })).value).to.equal(undefined);
  });

  it('warns at 85 % and is critical at 95 %', () => {
    expect(levelAfter(memory, 9, machine({ availableMemoryBytes: 160 }))).to.equal('ok');
    expect(levelAfter(memory, 9, machine({ availableMemoryBytes: 150 }))).to.equal('warning');
    expect(levelAfter(memory, 9, machine({ availableMemoryBytes: 50 }))).to.equal('critical');
  });
});

describe('the cpu probe', () => {
  it('tells the mean run delay', () => {
    const seen = input({ observation: observation([observed({ runDelay: 0.1 }), observed({ runDelay: 0.5 })]) });
    expect(cpu.measure(seen)).to.deep.equal({ value: 0.3, sentence: 'workers wait for a core 30 % of the time' });
    expect(levelAfter(cpu, 9, seen)).to.equal('warning');
  });

  it('leaves out workers that can not tell, and has no value when none can', () => {
    const mixed = observation([observed({ runDelay: null }), observed({ runDelay: 0.6 })]);
    expect(cpu.measure(input({ observation: mixed })).value).to.equal(0.6);
    const none = observation([observed({ runDelay: null })]);
    expect(cpu.measure(input({ observation: none })).value).to.equal(undefined);
  });
});

describe('the crash-loop probe', () => {
  const failing = (failedStarts: number, frozen = false) =>
    input({ cluster: { crashLoop: { frozen, failedStarts, lastHealthyCount: 2 } } });

  it('is ok without a failed start, warns of one, and is critical when growth is frozen', () => {
    expect(levelAfter(crashLoop, 0, failing(0))).to.equal('ok');
    expect(levelAfter(crashLoop, 0, failing(1))).to.equal('warning');
    expect(levelAfter(crashLoop, 0, failing(3, true))).to.equal('critical');
  });

  it('says so in words', () => {
    expect(crashLoop.measure(failing(0)).sentence).to.equal('no start failed lately');
    expect(crashLoop.measure(failing(1)).sentence).to.equal('1 start failed lately');
    expect(crashLoop.measure(failing(3, true)).sentence).to.equal(
      '3 starts failed lately; there is no growth above 2 workers',
    );
  });
});

describe('the hung-workers probe', () => {
  const silent = (sampleAgeMs: number | null) =>
    input({ observation: observation([observed({}, { id: 7, sampleAgeMs })]) });

  it('is ok while workers report', () => {
    const { value, sentence } = hungWorkers(30_000).measure(silent(900));
    expect([value, sentence]).to.deep.equal([900, 'every ready worker reports']);
  });

  it('warns at a third of the limit and is critical at the limit', () => {
    const probe = hungWorkers(30_000);
    expect(levelAfter(probe, 0, silent(9_999))).to.equal('ok');
    expect(levelAfter(probe, 0, silent(10_000))).to.equal('warning');
    expect(levelAfter(probe, 0, silent(30_000))).to.equal('critical');
    expect(probe.measure(silent(30_000)).sentence).to.equal('worker 7 has been silent for 30 s');
  });

  it('never takes less than three reports for silence', () => {
    expect(levelAfter(hungWorkers(500), 5, silent(2_900))).to.equal('ok');
    expect(levelAfter(hungWorkers(500), 5, silent(3_000))).to.equal('critical');
  });

  it('counts a worker that never reported from when it was ready', () => {
    const never = observation([observed({}, { id: 7, sampleAgeMs: null, figures: null })], { atMs: START_MS + 31_000 });
    expect(hungWorkers(30_000).measure(input({ observation: never })).value).to.equal(31_000);
    const unknownSince = observation([observed({}, { sampleAgeMs: null, readyAtMs: null })]);
    expect(hungWorkers(30_000).measure(input({ observation: unknownSince })).value).to.equal(0);
  });

  it('names the ready workers that have been silent for the whole limit', () => {
    const seen = observation([
      observed({}, { id: 1, sampleAgeMs: 29_999 }),
      observed({}, { id: 2, sampleAgeMs: 30_000 }),
      observed({}, { id: 3, sampleAgeMs: 90_000, phase: 'draining' }),
    ]);
    expect(hungWorkerIds(seen, 30_000)).to.deep.equal([2]);
  });
});

describe('the metrics-missing probe', () => {
  it('names what is missing', () => {
    const workers = [observed({}, { id: 4, sampleAgeMs: 3_001 }), observed({}, { id: 5 })];
    const seen = observation(workers, {
      machine: { cores: 2, cpuUtilization: null, totalMemoryBytes: 10, availableMemoryBytes: null },
    });
    expect(metricsMissing.measure(input({ observation: seen }))).to.deep.equal({
      value: 3,
      sentence: 'figures are missing of worker 4, the available memory, the CPU utilization',
    });
    expect(metricsMissing.measure(input())).to.deep.equal({ value: 0, sentence: 'all figures are there' });
  });

  it('is reported after 5 minutes, not sooner', () => {
    const seen = machine({ availableMemoryBytes: null });
    expect(levelAfter(metricsMissing, 299, seen)).to.equal('ok');
    expect(levelAfter(metricsMissing, 300, seen)).to.equal('warning');
  });
});

describe('all probes', () => {
  const probes = allProbes({ hungTimeoutMs: 30_000 });

  it('have names of their own', () => {
    expect(probes.map(({ spec }) => spec.name)).to.deep.equal([
      'workers',
      'event-loop',
      'event-loop-utilization',
      'memory',
      'cpu',
      'crash-loop',
      'hung-workers',
      'metrics-missing',
      'upstreams',
    ]);
  });

  it('clear on the good side of where they set, and are critical beyond their warning', () => {
    for (const { spec } of probes) {
      const badness = spec.worseWhen === 'above' ? 1 : -1;
      for (const threshold of [spec.warning, spec.critical]) {
        if (threshold === undefined) continue;
        expect(badness * threshold.clear, spec.name).to.be.below(badness * threshold.set);
        expect(threshold.rise, spec.name).to.be.at.least(1);
      }
      if (spec.critical && spec.warning) {
        expect(badness * spec.critical.set, spec.name).to.be.above(badness * spec.warning.set);
      }
      expect(Math.min(spec.fall, spec.unknownAfter), spec.name).to.be.at.least(1);
    }
  });

  it('are ok in a healthy cluster', () => {
    const healthy = input({ upstreams: [{ name: 'worker-0', state: 'closed' }] });
    expect(probes.map((probe) => levelAfter(probe, 10, healthy))).to.deep.equal(probes.map(() => 'ok'));
  });
});

describe('the upstreams probe', () => {
  const states = (...all: ('closed' | 'half-open' | 'open')[]) =>
    input({ upstreams: all.map((state, index) => ({ name: `worker-${index}`, state })) });

  it('names those whose breaker is open, and is critical when most are', () => {
    expect(upstreams.measure(states('closed', 'half-open'))).to.deep.equal({
      value: 0,
      sentence: 'no breaker is open',
    });
    expect(upstreams.measure(states('closed', 'open')).sentence).to.equal('the breaker is open of worker-1 (1 of 2)');
    expect(levelAfter(upstreams, 0, states('closed', 'open'))).to.equal('warning');
    expect(levelAfter(upstreams, 0, states('closed', 'open', 'open'))).to.equal('critical');
  });

  it('has no value without an upstream', () => {
    expect(upstreams.measure(states()).value).to.equal(undefined);
  });
});

describe('the overall status', () => {
  const fine = { stopping: false, ready: 2, probes: [], dependencies: [] };

  it('is the worst that is known', () => {
    expect(overallStatus(fine)).to.equal('ok');
    expect(overallStatus({ ...fine, probes: ['ok', 'unknown'] })).to.equal('ok');
    expect(overallStatus({ ...fine, probes: ['warning', 'ok'] })).to.equal('degraded');
    expect(overallStatus({ ...fine, probes: ['warning', 'critical'] })).to.equal('critical');
    expect(overallStatus({ ...fine, ready: 0 })).to.equal('critical');
    expect(overallStatus({ ...fine, stopping: true, probes: ['critical'] })).to.equal('stopping');
  });

  it('is degraded by a dependency, however bad that is', () => {
    expect(overallStatus({ ...fine, dependencies: ['warning'] })).to.equal('degraded');
    expect(overallStatus({ ...fine, dependencies: ['critical'] })).to.equal('degraded');
  });

  it('lets requests come as long as a worker is ready and the runtime is not stopping', () => {
    expect(mayServe({ stopping: false, ready: 1 })).to.equal(true);
    expect(mayServe({ stopping: false, ready: 0 })).to.equal(false);
    expect(mayServe({ stopping: true, ready: 4 })).to.equal(false);
  });
});

describe('the limit of actions', () => {
  it('allows so many in any period', () => {
    const limit = { actions: 2, periodMs: 1_000 };
    let takenAtMs: readonly number[] = [];
    const allowed = [0, 500, 999, 1_000, 1_001, 1_500].map((nowMs) => {
      const taken = takeAction(limit, takenAtMs, nowMs);
      takenAtMs = taken.takenAtMs;
      return taken.allowed;
    });
    expect(allowed).to.deep.equal([true, true, false, true, false, true]);
  });

  it('does not count for longer what was done before the clock went back', () => {
    const limit = { actions: 1, periodMs: 1_000 };
    const { takenAtMs } = takeAction(limit, [], 3_600_000);
    const refused = takeAction(limit, takenAtMs, 5_000);
    expect(refused.allowed).to.equal(false);
    expect(takeAction(limit, refused.takenAtMs, 6_000).allowed).to.equal(true);
  });
});
