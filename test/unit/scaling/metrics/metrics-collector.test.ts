import { expect } from 'chai';
import { LATENCY_BOUNDS_MS } from '../../../../src/ipc/latency-buckets.ts';
import type { ClusterStatus } from '../../../../src/ipc/status.ts';
import { ProcessUsage } from '../../../../src/scaling/machine/process-usage.ts';
import type { MachineFigures } from '../../../../src/scaling/machine.ts';
import { MetricsCollector } from '../../../../src/scaling/metrics-collector.ts';
import { latencies, START_MS, sample, served, status, totals, worker } from '../fixtures/cluster-fixtures.ts';

const MACHINE: MachineFigures = {
  cores: 2,
  cpuUtilization: 0.3,
  totalMemoryBytes: 1_000,
  availableMemoryBytes: 600,
  loadAverage: [1, 2, 3],
};

describe('MetricsCollector', () => {
  let current: ClusterStatus;
  let nowMs: number;
  let askedPids: number[][];
  let collector: MetricsCollector;

  beforeEach(() => {
    current = status([]);
    nowMs = START_MS;
    askedPids = [];
    collector = new MetricsCollector({
      probe: { status: () => current },
      machine: { read: () => MACHINE },
      processes: new ProcessUsage({
        readProcesses: async (pids) => {
          askedPids.push(pids);
          const figures = { ppid: 1, cpu: 75, memory: 5_000, ctime: 10, elapsed: 20, timestamp: 0 };
          return Object.fromEntries(pids.map((pid) => [pid, { pid, ...figures }]));
        },
      }),
      now: () => nowMs,
    });
  });

  /** One round a second later. */
  function round(next: ClusterStatus, afterMs = 1_000) {
    current = next;
    nowMs += afterMs;
    return collector.collect(nowMs);
  }

  it('tells each worker with its figures and their age', async () => {
    const { workers } = await round(
      status([
        worker({ id: 1, sample: sample({ elu: 0.9 }), sampleAtMs: START_MS + 400 }),
        worker({ id: 2, phase: 'starting', readyAtMs: null }),
      ]),
    );
    expect(workers).to.deep.equal([
      {
        id: 1,
        phase: 'ready',
        startedAtMs: START_MS,
        readyAtMs: START_MS,
        sampleAgeMs: 600,
        figures: {
          elu: 0.9,
          cpu: 0.4,
          runDelay: 0.1,
          rssBytes: 100_000_000,
          heapUsedBytes: 20_000_000,
          loopDelayP99Ms: 12,
          inFlight: 3,
        },
      },
      { id: 2, phase: 'starting', startedAtMs: START_MS, readyAtMs: null, sampleAgeMs: null, figures: null },
    ]);
  });

  it('leaves out workers that are told to stop or have stopped', async () => {
    const { workers } = await round(
      status([
        worker({ id: 1, phase: 'draining' }),
        worker({ id: 2, phase: 'stopping' }),
        worker({ id: 3, phase: 'stopped' }),
      ]),
    );
    expect(workers.map(({ id }) => id)).to.deep.equal([1]);
  });

  it('tells machine, desired count, crash loop and reload as they are', async () => {
    const observation = await round(
      status([], {
        desired: 4,
        crashLoop: { frozen: true, failedStarts: 3, lastHealthyCount: 2, lastFailure: 'exit 1' },
        reload: {
          generation: 2,
          startedAtMs: START_MS,
          finishedAtMs: null,
          replaced: 0,
          total: 2,
          outcome: 'running',
          detail: '',
        },
      }),
    );
    expect(observation).to.deep.include({
      atMs: START_MS + 1_000,
      desired: 4,
      crashLoop: { frozen: true, lastHealthyCount: 2 },
      reloading: true,
      machine: { cores: 2, cpuUtilization: 0.3, totalMemoryBytes: 1_000, availableMemoryBytes: 600 },
      capacityUtilization: null,
      bandwidthUtilization: null,
      custom: {},
    });
    expect((await round(status([]))).reloading).to.equal(false);
    expect(collector.machine).to.deep.equal(MACHINE);
  });

  it('adds what the primary and the gateway hold to the connections that wait', async () => {
    const collect = (waiting: number | null) =>
      new MetricsCollector({
        probe: { status: () => status([worker({ sample: sample({ elu: 1 }), sampleAtMs: START_MS })]) },
        machine: { read: () => MACHINE },
        processes: { refresh: async () => {}, latest: () => undefined },
        acceptQueue: { waiting: () => waiting },
        waitingWork: () => 7,
      }).collect(START_MS + 1_000);
    expect((await collect(5)).queued).to.equal(12);
    // Where the kernel does not tell, that much is known.
    expect((await collect(null)).queued).to.equal(7);
  });

  describe('traffic', () => {
    function serving(id: number, requests: number) {
      return worker({ id, sample: served(requests), sampleAtMs: nowMs + 900 });
    }

    it('is what came in between two rounds, over all workers', async () => {
      await round(status([serving(1, 5), serving(2, 1)]));
      const { traffic } = await round(status([serving(1, 7), serving(2, 4)]));
      expect(traffic).to.deep.equal({
        intervalMs: 1_000,
        started: 5,
        completed: 5,
        errors: 0,
        latencyBoundsMs: LATENCY_BOUNDS_MS,
        latencyCounts: latencies(10, 10, 10, 10, 10),
      });
    });

    it('counts errors, and requests that have begun', async () => {
      await round(status([serving(1, 0)]));
      const busy = sample({ totals: totals({ requestsStarted: 6, requestsCompleted: 4, requestErrors: 1 }) });
      const { traffic } = await round(status([worker({ sample: busy, sampleAtMs: nowMs + 1_000 })]));
      expect(traffic).to.include({ started: 6, completed: 4, errors: 1 });
    });

    it('counts a new worker from zero', async () => {
      await round(status([serving(1, 5)]));
      expect((await round(status([serving(1, 5), serving(2, 3)]))).traffic?.completed).to.equal(3);
    });

    it('is not less than nothing when a worker has gone', async () => {
      await round(status([serving(1, 5), serving(2, 100)]));
      expect((await round(status([serving(1, 6)]))).traffic?.completed).to.equal(1);
    });

    it('counts what a scrape saw in between', async () => {
      await round(status([serving(1, 5)]));
      current = status([serving(1, 9)]);
      collector.refresh();
      expect((await round(status([serving(1, 9)]))).traffic?.completed).to.equal(4);
    });

    it('is missing when no worker has told anything lately', async () => {
      expect((await round(status([]))).traffic).to.equal(null);
      expect((await round(status([worker()]))).traffic).to.equal(null);
      const silent = worker({ sample: served(5), sampleAtMs: nowMs });
      expect((await round(status([silent]), 3_001)).traffic).to.equal(null);
    });

    it('covers the silence, too, when a worker speaks again', async () => {
      await round(status([serving(1, 5)]));
      const silent = { ...serving(1, 5), sampleAtMs: nowMs };
      await round(status([silent]), 5_000);
      const { traffic } = await round(status([serving(1, 65)]));
      expect([traffic?.intervalMs, traffic?.completed]).to.deep.equal([6_000, 60]);
    });

    it('is missing when the clock was set back', async () => {
      await round(status([serving(1, 5)]));
      expect((await round(status([serving(1, 6)]), -500)).traffic).to.equal(null);
    });
  });

  describe('processes whose agent is silent', () => {
    it('are looked at through the operating system, and only they', async () => {
      await round(
        status([
          worker({ id: 1, pid: 11, sample: sample(), sampleAtMs: START_MS + 9_500 }),
          worker({ id: 2, pid: 12, sample: sample(), sampleAtMs: START_MS }),
          worker({ id: 3, pid: 13, phase: 'starting' }),
          worker({ id: 4, pid: null, phase: 'starting' }),
          worker({ id: 5, pid: 15, phase: 'starting', startedAtMs: START_MS + 9_000 }),
        ]),
        10_000,
      );
      expect(askedPids).to.deep.equal([[12, 13]]);
    });

    it('show the memory and CPU that the operating system tells', async () => {
      const silent = worker({ pid: 12, sample: sample(), sampleAtMs: START_MS });
      await round(status([silent]), 10_000);
      await new Promise(setImmediate);
      const [shown] = collector.performance().workers;
      expect(shown).to.include({ source: 'process', cpu: 0.75, rssBytes: 5_000, sampleAgeMs: 10_000 });
    });

    it('are left alone as soon as the agent speaks again', async () => {
      await round(status([worker({ pid: 12 })]), 10_000);
      await round(status([worker({ pid: 12, sample: sample(), sampleAtMs: nowMs + 6_000 })]), 6_000);
      expect(askedPids).to.have.length(1);
      expect(collector.performance().workers[0]).to.include({ source: 'agent', cpu: 0.4 });
    });
  });

  describe('performance', () => {
    it('knows nothing before the first round', () => {
      expect(collector.performance()).to.deep.include({ workers: [], machine: null });
      expect(collector.performance().merged).to.deep.include({ eluMax: null, eluMean: null, loopDelayP99MsMax: null });
    });

    it('merges the latencies of all workers before it takes percentiles', async () => {
      const fast = sample({
        totals: totals({
          requestsCompleted: 90,
          latencyCounts: latencies(...new Array<number>(90).fill(1)),
          latencySumMs: 90,
        }),
      });
      const slow = sample({
        totals: totals({
          requestsCompleted: 10,
          latencyCounts: latencies(...new Array<number>(10).fill(100)),
          latencySumMs: 1_000,
        }),
      });
      await round(status([worker({ id: 1, sample: fast }), worker({ id: 2, sample: slow })]), 10_000);
      const { merged, workers } = collector.performance();
      expect(merged.traffic).to.deep.equal({
        windowMs: 10_000,
        requestsPerSecond: 10,
        requestsPerSecondNow: 10,
        errorRate: 0,
        latency: { count: 100, meanMs: 10.9, p50Ms: 0.911, p90Ms: 1, p95Ms: 90, p99Ms: 98 },
      });
      expect(workers.map(({ traffic }) => traffic?.latency.p95Ms)).to.deep.equal([0.99, 99]);
    });

    it('keeps the latencies of a worker that has gone in the merged figures', async () => {
      await round(status([worker({ id: 1, sample: served(10) })]), 10_000);
      await round(status([]), 1_000);
      const { merged, workers } = collector.performance();
      expect(workers).to.deep.equal([]);
      expect(merged.traffic.latency.count).to.equal(10);
    });

    it('forgets what is older than a minute', async () => {
      for (let second = 0; second < 70; second += 1) await round(status([worker({ sample: served(10) })]));
      const { merged, workers } = collector.performance();
      expect(merged.traffic.latency).to.deep.equal({
        count: 0,
        meanMs: null,
        p50Ms: null,
        p90Ms: null,
        p95Ms: null,
        p99Ms: null,
      });
      expect(merged.traffic.errorRate).to.equal(null);
      expect(workers[0]?.traffic?.requestsPerSecond).to.equal(0);
    });

    it('adds what adds up, and takes the worst or the mean of what does not', async () => {
      await round(
        status([
          worker({ id: 1, sample: sample({ elu: 0.2, cpu: 0.2, loopDelayP99Ms: 5, connections: 1 }) }),
          worker({ id: 2, sample: sample({ elu: 0.8, cpu: 0.7, loopDelayP99Ms: 50, connections: 9, runDelay: null }) }),
          worker({ id: 3, phase: 'starting' }),
          worker({ id: 4, phase: 'stopped', sample: sample({ connections: 500 }) }),
        ]),
      );
      const { merged, workers, machine } = collector.performance();
      expect(merged).to.deep.include({
        eluMax: 0.8,
        eluMean: 0.5,
        loopDelayP99MsMax: 50,
        connections: 10,
        websockets: 4,
        inFlight: 6,
        rssBytes: 200_000_000,
        heapUsedBytes: 40_000_000,
      });
      expect(merged.cpu).to.be.closeTo(0.9, 1e-9);
      expect(workers.map(({ id }) => id)).to.deep.equal([1, 2, 3]);
      expect(workers[2]).to.include({ source: null, elu: null, rssBytes: null, traffic: null, sampleAgeMs: null });
      expect(machine).to.deep.equal(MACHINE);
    });

    it('is plain JSON', async () => {
      await round(status([worker({ sample: served(3) })]));
      const report = collector.performance();
      expect(JSON.parse(JSON.stringify(report))).to.deep.equal(report);
    });
  });
});
