import { expect } from 'chai';
import type { ClusterStatus } from '../../../../src/ipc/status.ts';
import type { Alert } from '../../../../src/scaling/alerts/alert.ts';
import { AlertDispatcher } from '../../../../src/scaling/alerts/alert-dispatcher.ts';
import type { Observation } from '../../../../src/scaling/autoscale/observation.ts';
import { allProbes } from '../../../../src/scaling/health/probes.ts';
import { type DependencyHealth, HealthMonitor } from '../../../../src/scaling/health-monitor.ts';
import { WorkerRecovery } from '../../../../src/scaling/worker-recovery.ts';
import { observation, observed, receipt, START_MS, sample, status, worker } from '../fixtures/cluster-fixtures.ts';

describe('HealthMonitor', () => {
  let current: ClusterStatus;
  let nowMs: number;
  let delivered: Alert[];
  let dependencies: Record<string, DependencyHealth>;
  let monitor: HealthMonitor;

  beforeEach(() => {
    current = status([worker({ id: 1 }), worker({ id: 2 })]);
    nowMs = START_MS;
    delivered = [];
    dependencies = {};
    const channel = { name: 'test', deliver: (alert: Alert) => delivered.push(alert), close: async () => {} };
    monitor = new HealthMonitor({
      probe: { status: () => current },
      probes: allProbes({ hungTimeoutMs: 30_000 }),
      alerts: new AlertDispatcher({ channels: [channel], instance: 'app' }),
      recovery: new WorkerRecovery({ hungTimeoutMs: 30_000, recovery: null }),
      dependencies: () => dependencies,
      ownMemory: () => ({ rss: 50_000_000, heapUsed: 9_000_000 }),
      now: () => nowMs,
    });
  });

  /** So many rounds, a second apart, all seeing the same. */
  async function rounds(count: number, given: Partial<Observation> = {}): Promise<void> {
    for (let round = 0; round < count; round += 1) {
      nowMs += 1_000;
      await monitor.tick(observation([observed()], { ...given, atMs: nowMs }), current);
    }
  }

  const machineWith = (availableMemoryBytes: number) => ({
    machine: { cores: 2, cpuUtilization: 0.3, totalMemoryBytes: 1_000, availableMemoryBytes },
  });

  it('knows nothing before the first round, and yet whether requests may come', () => {
    const { ok, body } = monitor.health();
    expect(ok).to.equal(true);
    expect(body.status).to.equal('ok');
    expect(body.probes.memory).to.deep.include({ level: 'unknown', value: null, sentence: 'not measured yet' });
    expect(body.memory).to.include({ workersRssBytes: null, machineTotalBytes: null, machineAvailableBytes: null });
  });

  it('tells status, uptime, memory and workers', async () => {
    current = status(
      [
        worker({ id: 1, sample: sample() }),
        worker({ id: 2, phase: 'starting' }),
        worker({ id: 3, phase: 'draining', sample: sample() }),
      ],
      { desired: 2 },
    );
    await rounds(1);
    nowMs = START_MS + 61_999;
    const { ok, body } = monitor.health();
    expect(ok).to.equal(true);
    expect(body).to.deep.include({
      status: 'ok',
      uptimeSeconds: 61,
      memory: {
        rssBytes: 50_000_000,
        heapUsedBytes: 9_000_000,
        workersRssBytes: 200_000_000,
        machineTotalBytes: 1_000,
        machineAvailableBytes: 600,
      },
      workers: { desired: 2, ready: 1, starting: 1, draining: 1 },
      dependencies: {},
      alerts: [],
      recoveries: [],
    });
  });

  it('shows each probe with its value, thresholds and finding', async () => {
    await rounds(3, machineWith(120));
    expect(monitor.health().body.probes.memory).to.deep.equal({
      level: 'warning',
      value: 0.88,
      unit: 'ratio',
      thresholds: { warning: { set: 0.85, clear: 0.8, rise: 3 }, critical: { set: 0.95, clear: 0.9, rise: 3 } },
      sinceMs: START_MS + 3_000,
      sentence: '88 % of the memory is used',
    });
    expect(monitor.health().body.probes['event-loop-utilization']?.thresholds).to.have.keys(['warning']);
  });

  it('tells the level of each probe for the metric', async () => {
    await rounds(3, machineWith(20));
    const levels = monitor.levels();
    expect(levels.get('memory')).to.equal('critical');
    expect(levels.get('workers')).to.equal('ok');
    expect(levels.size).to.equal(8);
  });

  it('tells people when a level changes, and only then', async () => {
    await rounds(5, machineWith(120));
    await rounds(5, machineWith(20));
    await rounds(5, machineWith(900));
    expect(delivered.map(({ key, state, severity, sentence }) => [key, state, severity, sentence])).to.deep.equal([
      ['health/memory', 'firing', 'warning', '88 % of the memory is used'],
      ['health/memory', 'firing', 'critical', '98 % of the memory is used'],
      ['health/memory', 'resolved', 'critical', '10 % of the memory is used'],
    ]);
  });

  it('shows the alerts that are firing', async () => {
    await rounds(3, machineWith(120));
    expect(monitor.health().body.alerts.map(({ key }) => key)).to.deep.equal(['health/memory']);
  });

  it('lets an alert fire on while the value is missing', async () => {
    await rounds(3, machineWith(120));
    const unknown = { machine: { cores: 2, cpuUtilization: 0.3, totalMemoryBytes: 1_000, availableMemoryBytes: null } };
    await rounds(5, unknown);
    expect(monitor.levels().get('memory')).to.equal('unknown');
    expect(delivered.map(({ state }) => state)).to.deep.equal(['firing']);
    await rounds(3, machineWith(900));
    expect(delivered.map(({ state }) => state)).to.deep.equal(['firing', 'resolved']);
  });

  it('is not ok without a ready worker, as of now', async () => {
    await rounds(1);
    current = status([worker({ phase: 'starting' })], { desired: 1 });
    const { ok, body } = monitor.health();
    expect([ok, body.status]).to.deep.equal([false, 'critical']);
  });

  it('makes no outage of a start', async () => {
    current = status([worker({ phase: 'starting', readyAtMs: null })]);
    await rounds(60);
    expect(monitor.levels().get('workers')).to.equal('unknown');
    expect(delivered).to.deep.equal([]);
    current = status([worker(), worker({ id: 2, phase: 'starting' })]);
    await rounds(1);
    expect(monitor.levels().get('workers')).to.equal('ok');
  });

  it('judges nothing while the runtime stops', async () => {
    await rounds(1);
    current = status([], { desired: 0, stopping: true });
    await rounds(60, machineWith(1));
    expect(delivered).to.deep.equal([]);
    const { ok, body } = monitor.health();
    expect([ok, body.status]).to.deep.equal([false, 'stopping']);
  });

  it('is degraded, not broken, by a dependency that fails', async () => {
    await rounds(1);
    dependencies = { redis: { level: 'critical', sentence: 'no answer for 5 s' } };
    const { ok, body } = monitor.health();
    expect([ok, body.status]).to.deep.equal([true, 'degraded']);
    expect(body.dependencies).to.deep.equal(dependencies);
  });

  it('records the workers that were replaced after they had hung', async () => {
    current = status([worker()], { receipts: [receipt({ workerId: 5, reason: 'hung', durationMs: 120 })] });
    await rounds(2);
    expect(monitor.health().body.recoveries).to.deep.equal([
      {
        atMs: START_MS,
        workerId: 5,
        outcome: 'replaced',
        detail: 'replaced after it had hung; it was gone 120 ms later',
      },
    ]);
  });

  it('answers in plain JSON', async () => {
    await rounds(3, machineWith(120));
    const { body } = monitor.health();
    expect(JSON.parse(JSON.stringify(body))).to.deep.equal(body);
  });

  it('reads the memory of its own process and the clock when nothing else is given', () => {
    const plain = new HealthMonitor({
      probe: { status: () => status([], { startedAtMs: Date.now() }) },
      probes: [],
      alerts: new AlertDispatcher({ channels: [], instance: 'app' }),
      recovery: new WorkerRecovery({ hungTimeoutMs: 30_000, recovery: null }),
    });
    const { body } = plain.health();
    expect(body.memory.rssBytes).to.be.above(body.memory.heapUsedBytes);
    expect(body.dependencies).to.deep.equal({});
    expect(body.uptimeSeconds).to.be.at.least(0);
  });
});
