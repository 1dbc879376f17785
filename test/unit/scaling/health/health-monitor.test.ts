import { expect } from 'chai';
import type { ClusterStatus } from '../../../../src/ipc/status.ts';
import type { Alert } from '../../../../src/scaling/alerts/alert.ts';
import { AlertDispatcher } from '../../../../src/scaling/alerts/alert-dispatcher.ts';
import type { Observation } from '../../../../src/scaling/autoscale/observation.ts';
import { allProbes } from '../../../../src/scaling/health/probes.ts';
import { RecoveryLog } from '../../../../src/scaling/health/recovery-log.ts';
import type { CheckResult } from '../../../../src/scaling/health-checks/check.ts';
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
    monitor = new HealthMonitor({
      probe: { status: () => current },
      probes: allProbes({ hungTimeoutMs: 30_000 }),
      alerts: new AlertDispatcher({ watchers: [(alert) => delivered.push(alert)], channels: [], instance: 'app' }),
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
    expect(levels.size).to.equal(9);
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
        action: 'replace',
        target: 'worker-5',
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

  describe('with checks of their own interval', () => {
    let results: CheckResult[];
    let ended: string[];
    let alerts: AlertDispatcher;
    let upstreams: { name: string; state: 'closed' | 'open' }[];

    beforeEach(() => {
      results = [];
      ended = [];
      alerts = new AlertDispatcher({ watchers: [(alert) => delivered.push(alert)], channels: [], instance: 'app' });
      upstreams = [{ name: 'worker-0', state: 'closed' }];
      const recoveryLog = new RecoveryLog();
      monitor = new HealthMonitor({
        probe: { status: () => current },
        probes: [],
        checks: [{ tick: () => {}, take: () => results.splice(0), takeEnded: () => ended.splice(0) }],
        levels: [{ probe: 'disk', warning: 0.5, critical: 0.6 }],
        upstreams: () => upstreams,
        alerts,
        recovery: new WorkerRecovery({ hungTimeoutMs: 30_000, recovery: null, log: recoveryLog }),
        recoveryLog,
        dependencies: () => dependencies,
        now: () => nowMs,
      });
    });

    async function measured(
      name: string,
      value: number | undefined,
      isDependency = false,
      { warning = 10, rise = 1 } = {},
    ): Promise<void> {
      nowMs += 1_000;
      const levels = { warning: { set: warning, clear: 5, rise }, critical: { set: 20, clear: 15, rise } };
      results.push({
        spec: { name, unit: 'ms', worseWhen: 'above', ...levels, fall: 1, unknownAfter: 1 },
        isDependency,
        measurement: { value, sentence: `${name} is ${value}` },
        atMs: nowMs,
      });
      await monitor.tick(observation([observed()], { atMs: nowMs }), current);
    }

    it('judges each result by its own levels, or by those that are set', async () => {
      await measured('queue', 12);
      await measured('disk', 0.55);
      const { body } = monitor.health();
      expect(body.status).to.equal('degraded');
      expect(body.probes.queue).to.include({ level: 'warning', value: 12, sentence: 'queue is 12' });
      expect(body.probes.disk?.thresholds.warning?.set).to.equal(0.5);
      expect(delivered.map(({ key, severity }) => [key, severity])).to.deep.equal([
        ['health/queue', 'warning'],
        ['health/disk', 'warning'],
      ]);
      expect(monitor.levels().get('disk')).to.equal('warning');
    });

    const news = (): string[] => delivered.map(({ key, state, severity }) => `${key} ${state} ${severity}`);

    it('takes a first value that is bad for no end of what somebody else has told of', async () => {
      alerts.fire({ key: 'dependency/redis', severity: 'warning', sentence: 'it is felt' }, nowMs);
      await measured('redis', 12, true, { rise: 2 });
      await measured('redis', 12, true, { rise: 2 });
      expect(monitor.levels().get('redis')).to.equal('warning');
      expect(news()).to.deep.equal(['dependency/redis firing warning']);
      await measured('redis', 1, true, { rise: 2 });
      expect(news().at(-1)).to.equal('dependency/redis resolved warning');
    });

    it('ends what somebody else has told of when the second value is good', async () => {
      alerts.fire({ key: 'dependency/redis', severity: 'warning', sentence: 'it is felt' }, nowMs);
      await measured('redis', 12, true, { rise: 2 });
      expect(news()).to.have.length(1);
      await measured('redis', 1, true, { rise: 2 });
      expect(news()).to.deep.equal(['dependency/redis firing warning', 'dependency/redis resolved warning']);
    });

    it('forgets a check that is no longer made, and ends its alert', async () => {
      await measured('app-queue', 12);
      ended.push('app-queue', 'app-other');
      await rounds(1);
      expect(news()).to.deep.equal(['health/app-queue firing warning', 'health/app-queue resolved warning']);
      expect(delivered.at(-1)?.sentence).to.equal('it is no longer checked');
      expect(monitor.health().body.probes).to.not.have.property('app-queue');
    });

    it('judges by new levels as soon as a check has them', async () => {
      await measured('app-queue', 12);
      await measured('app-queue', 12, false, { warning: 15 });
      expect(monitor.health().body.probes['app-queue']).to.deep.include({ level: 'ok', value: 12 });
      expect(news().at(-1)).to.equal('health/app-queue resolved warning');
      await measured('app-queue', 17, true, { warning: 15 });
      await measured('app-queue', 12);
      expect(news().slice(2), 'one key takes the place of the other').to.deep.equal([
        'dependency/app-queue firing warning',
        'dependency/app-queue resolved warning',
        'health/app-queue firing warning',
      ]);
    });

    it('knows what a trouble is as of now', async () => {
      await measured('queue', 12);
      await measured('queue', 14);
      await measured('redis', 1, true);
      expect(monitor.sentenceOf('health/queue')).to.equal('queue is 14');
      for (const key of ['dependency/queue', 'dependency/redis', 'scaling/rules'])
        expect(monitor.sentenceOf(key), key).to.equal(undefined);
    });

    it('is degraded, not critical, by a dependency, and records that it is back', async () => {
      await measured('postgres', 1, true);
      await measured('postgres', 30, true);
      expect(monitor.health().body.status).to.equal('degraded');
      expect(monitor.health().ok).to.equal(true);
      expect(delivered.at(-1)).to.include({ key: 'dependency/postgres', severity: 'critical' });
      nowMs += 10_000;
      await measured('postgres', 1, true);
      expect(delivered.at(-1)).to.include({ key: 'dependency/postgres', state: 'resolved' });
      expect(monitor.health().body.recoveries).to.deep.equal([
        {
          atMs: nowMs,
          action: 'reconnect',
          target: 'postgres',
          outcome: 'done',
          detail: 'postgres is 1, after 11 s in which it was critical',
        },
      ]);
    });

    it('shows of a dependency the worse of what was checked and what its users say', async () => {
      dependencies = { redis: { level: 'ok', sentence: 'Redis answers' } };
      await measured('redis', 12, true);
      expect(monitor.health().body.dependencies.redis).to.include({ level: 'warning', value: 12 });
      dependencies = { redis: { level: 'warning', sentence: 'the embedded store stands in' } };
      expect(monitor.health().body.dependencies.redis).to.deep.equal(dependencies.redis);
    });

    it('asks nobody before the first worker was ready', async () => {
      let ticks = 0;
      monitor = new HealthMonitor({
        probe: { status: () => current },
        probes: [],
        checks: [
          {
            tick: () => {
              ticks += 1;
            },
            take: () => [],
          },
        ],
        alerts: new AlertDispatcher({ channels: [], instance: 'app' }),
        recovery: new WorkerRecovery({ hungTimeoutMs: 30_000, recovery: null }),
      });
      current = status([worker({ phase: 'starting' })]);
      await rounds(2);
      expect(ticks).to.equal(0);
      current = status([worker()]);
      await rounds(1);
      expect(ticks).to.equal(1);
    });

    it('records it again of one that went away while its breaker was open, and came back', async () => {
      for (const now of [[{ name: 'worker-0', state: 'open' }], [], [{ name: 'worker-0', state: 'open' }]] as const) {
        upstreams = [...now];
        await rounds(1);
      }
      expect(monitor.health().body.recoveries).to.have.length(2);
    });

    it('records once that an upstream gets nothing while its breaker is open', async () => {
      upstreams = [{ name: 'worker-0', state: 'open' }];
      await rounds(3);
      upstreams = [{ name: 'worker-0', state: 'closed' }];
      await rounds(1);
      upstreams = [{ name: 'worker-0', state: 'open' }];
      await rounds(1);
      const { recoveries } = monitor.health().body;
      expect(recoveries.map(({ action, target }) => `${action} ${target}`)).to.deep.equal([
        'shed worker-0',
        'shed worker-0',
      ]);
    });
  });
});
