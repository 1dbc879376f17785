import { expect } from 'chai';
import {
  judgeClock,
  judgeConfig,
  judgeCores,
  judgeFiles,
  judgeMemory,
  judgeProcesses,
} from '../../../../src/cli/doctor/judge.ts';
import { testConfig } from '../../../helpers/management-services.ts';

const config = testConfig({ maxInstances: 8 });

describe('tidegate doctor', () => {
  it('judges how many files a process may open', () => {
    expect([200, 1_024, 65_536, null].map((limit) => judgeFiles(limit).level)).to.deep.equal([
      'problem',
      'warning',
      'ok',
      'ok',
    ]);
    expect(judgeFiles(1_024)).to.deep.include({ found: 'a process may open 1024: some 768 clients for each worker' });
  });

  it('judges whether that many processes are allowed', () => {
    expect([95, 96, null].map((limit) => judgeProcesses(limit, config).level)).to.deep.equal(['problem', 'ok', 'ok']);
  });

  it('judges workers against cores and memory', () => {
    expect([2, 4].map((cores) => judgeCores(cores, config).level)).to.deep.equal(['warning', 'ok']);
    expect(judgeCores(1, testConfig({ maxInstances: 8, clusterEnabled: false })).level).to.equal('ok');
    const limited = testConfig({ maxInstances: 8, maxMemoryRestartBytes: 500_000_000 });
    expect([4e9, 5e9].map((bytes) => judgeMemory(bytes, limited).level)).to.deep.equal(['warning', 'ok']);
  });

  it('judges the clock, where another one was asked', () => {
    expect([0, -999, 1_001, -30_001].map((ms) => judgeClock(ms, 'Redis')?.level)).to.deep.equal([
      'ok',
      'ok',
      'warning',
      'problem',
    ]);
    expect(judgeClock(null, 'Redis')).to.equal(null);
    expect(judgeClock(-1_500, 'Redis')?.found).to.equal('1500 ms behind Redis');
  });

  it('finds nothing wrong with the defaults', () => {
    expect(judgeConfig(testConfig())).to.deep.equal([
      { subject: 'configuration', level: 'ok', found: 'valid', fix: null },
    ]);
  });

  it('finds settings that one regrets, each with what to do, and shows no secret', () => {
    const findings = judgeConfig(
      testConfig({
        managementHost: '0.0.0.0',
        managementTokens: ['admin:0123456789abcdef'],
        nodeEnv: 'production',
        drainTimeoutMs: 0,
        killTimeoutMs: 100,
        minInstances: 2,
        maxInstances: 2,
        redisEnabled: true,
        redisHost: '10.0.0.7',
      }),
    );
    expect(findings).to.have.length(6);
    for (const { level, fix } of findings) expect([level, typeof fix]).to.deep.equal(['warning', 'string']);
    expect(JSON.stringify(findings)).to.not.include('0123456789abcdef');
  });
});
