import { expect } from 'chai';
import type { Config } from '../../../config/schema.ts';
import { healthChecks, misnamedProbes, runtimeProbes } from '../../../src/runtime/health-checks.ts';
import { testConfig } from '../../helpers/management-services.ts';
import { status } from '../scaling/fixtures/cluster-fixtures.ts';

function namesWith(given: Partial<Config>, pingRedis: (() => Promise<void>) | null = null): string[] {
  const probe = { status: () => status([]) };
  return healthChecks({ config: testConfig(given), cwd: '/', probe, pingRedis }).map(({ spec }) => spec.name);
}

describe('the health checks of a runtime', () => {
  it('are of what is configured', () => {
    expect(namesWith({})).to.deep.equal(['disk', 'file-descriptors']);
    const all = { databaseUrl: 'postgres://u:p@127.0.0.1/shop', healthCheckPath: '/healthz' };
    expect(namesWith(all, async () => {})).to.deep.equal(['disk', 'file-descriptors', 'redis', 'postgres', 'app']);
    expect(namesWith({ dbHost: '127.0.0.1' })).to.include('postgres');
  });

  it('leave out what is not wanted', () => {
    const off = { healthProbesOff: ['disk', 'memory'] };
    expect(namesWith(off)).to.deep.equal(['file-descriptors']);
    const names = runtimeProbes(testConfig(off)).map(({ spec }) => spec.name);
    expect(names).to.include('cpu');
    expect(names).to.not.include('memory');
    expect(namesWith({ healthChecksEnabled: false })).to.deep.equal([]);
    expect(runtimeProbes(testConfig({ healthChecksEnabled: false }))).to.deep.equal([]);
  });

  it('take no answer for as bad as the worst level, be it above the timeout', () => {
    const probe = { status: () => status([]) };
    const given = {
      healthCheckTimeoutMs: 2_000,
      databaseUrl: 'postgres://u:p@127.0.0.1/shop',
      healthLevels: ['postgres=500/9000'],
    };
    const checks = healthChecks({ config: testConfig(given), cwd: '/', probe, pingRedis: async () => {} });
    const values = Object.fromEntries(checks.map(({ spec, failure }) => [spec.name, failure('away').value]));
    expect(values).to.include({ postgres: 9_000, redis: 2_000 });
  });

  it('name what is misspelt', () => {
    const config = testConfig({
      healthLevels: ['memroy=0.5/0.6', 'disk=0.5/0.6'],
      healthProbesOff: ['cpu', 'app-queue', 'x'],
    });
    expect(misnamedProbes(config)).to.deep.equal(['memroy', 'x']);
  });
});
