import { expect } from 'chai';
import { Monitoring } from '../../../src/runtime/monitoring.ts';
import type { HealthBody } from '../../../src/scaling/health-monitor.ts';
import { testConfig } from '../../helpers/management-services.ts';
import { status, worker } from '../scaling/fixtures/cluster-fixtures.ts';

describe('the monitoring of a runtime', () => {
  let told: string[];
  let redisAnswers: boolean;
  let monitoring: Monitoring;

  beforeEach(() => {
    told = [];
    redisAnswers = true;
    const config = testConfig({ monitoringEnabled: false, healthCheckIntervalMs: 1, historyEnabled: false });
    monitoring = new Monitoring({
      config,
      name: 'shop',
      version: '0.0.0',
      probe: { status: () => status([worker()]) },
      breakers: () => [],
      log: () => {},
      onAlert: ({ key, state, severity }) => {
        if (key === 'dependency/redis') told.push(`${state} ${severity}`);
      },
      dependencies: () => ({}),
      upstreams: () => [],
      waitingWork: () => 0,
      cwd: '/',
      pingRedis: async () => {
        if (!redisAnswers) throw new Error('away');
      },
    });
  });

  afterEach(() => monitoring.close(100));

  async function rounds(until: () => boolean): Promise<void> {
    while (!until()) {
      await monitoring.observe();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  const level = (): string | undefined => (monitoring.health.health().body as HealthBody).dependencies.redis?.level;

  it('does not take a Redis for back while its check still finds trouble', async () => {
    redisAnswers = false;
    monitoring.onDependency('redis', 'the embedded store stands in for Redis');
    await rounds(() => level() === 'warning');
    monitoring.onDependency('redis', null);
    expect(told).to.deep.equal(['firing warning']);
    redisAnswers = true;
    await rounds(() => level() === 'ok');
    expect(told).to.deep.equal(['firing warning', 'resolved warning']);
  });

  it('tells at once that a Redis is back of which no check finds trouble', async () => {
    await rounds(() => level() === 'ok');
    monitoring.onDependency('redis', 'the embedded store stands in for Redis');
    monitoring.onDependency('redis', null);
    expect(told).to.deep.equal(['firing warning', 'resolved warning']);
  });
});
