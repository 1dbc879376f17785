import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { RulesError } from '../../../config/rules.ts';
import { loadScalingPolicy, loadShadowPolicies, RulesFileError } from '../../../src/runtime/scaling-policy.ts';
import { testConfig } from '../../helpers/management-services.ts';

const RULE = {
  name: 'busy',
  type: 'threshold',
  metric: 'cpu',
  operator: 'gte',
  threshold: 70,
  action: 'scale-up',
  scaleAmount: 1,
  cooldownPeriod: 60,
  priority: 1,
};

describe('scaling policy of a configuration', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-rules-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  function file(content: string): string {
    const name = path.join(directory, 'rules.json');
    writeFileSync(name, content);
    return name;
  }

  /** What `loadScalingPolicy` throws for a rules file of this content. */
  function refusal(scalingRulesFile: string): Error & { code?: string } {
    try {
      loadScalingPolicy(testConfig({ scalingRulesFile }));
    } catch (error) {
      return error as Error;
    }
    throw new Error('it was accepted');
  }

  it('has the limits and switches of the configuration', () => {
    const { enabled, limits, scaleDownStabilizationMs } = loadScalingPolicy(
      testConfig({ minInstances: 2, maxInstances: 7, autoScalingEnabled: false, scaleDownStabilizationMs: 1_234 }),
    );
    expect({ enabled, limits, scaleDownStabilizationMs }).to.deep.equal({
      enabled: false,
      limits: { min: 2, max: 7 },
      scaleDownStabilizationMs: 1_234,
    });
  });

  it('has the mode, the latency objective and the schedules of the configuration', () => {
    const config = testConfig({ scalingMode: 'rules', latencyObjectiveMs: 250, scalingSchedules: '0 8 * * 1-5 10h 4' });
    const { mode, guards, schedules } = loadScalingPolicy(config);
    expect({ mode, objective: guards.latencyObjectiveMs }).to.deep.equal({ mode: 'rules', objective: 250 });
    expect(schedules.map(({ text, workers }) => [text, workers])).to.deep.equal([['0 8 * * 1-5 10h 4', 4]]);
  });

  it('refuses a schedule that is none, with the field and what is allowed', () => {
    const config = testConfig({ scalingSchedules: '0 25 * * 1-5 10h 4' });
    expect(() => loadScalingPolicy(config)).to.throw(/^SCALING_SCHEDULES: hour: given "25"; .* from 0 to 23/);
  });

  it('leaves to the demand core, of the shipped rules, what it measures itself', () => {
    const names = loadScalingPolicy(testConfig({ scalingMode: 'auto' })).rules.map(({ name }) => name);
    expect(names).to.deep.equal(['capacity-high', 'bandwidth-high', 'error-rate-high']);
  });

  it('has all the shipped rules when no file is named and rules decide alone', () => {
    const names = loadScalingPolicy(testConfig({ scalingMode: 'rules' })).rules.map(({ name }) => name);
    expect(names).to.include.members(['elu-high', 'cpu-high', 'cpu-low']);
  });

  it('has the rules of the file that is named', () => {
    const { rules } = loadScalingPolicy(testConfig({ scalingRulesFile: file(JSON.stringify({ rules: [RULE] })) }));
    expect(rules.map(({ name }) => name)).to.deep.equal(['busy']);
  });

  it('is refused when the file is not there, with the option, the file and the cause', () => {
    const missing = path.join(directory, 'nowhere.json');
    const error = refusal(missing);
    expect(error).to.be.instanceOf(RulesFileError);
    expect(error.code).to.equal('RULES_FILE');
    expect(error.message).to.equal(
      `SCALING_RULES_FILE: ${missing} can't be used: ENOENT: no such file or directory, open '${missing}'`,
    );
  });

  it('is refused when the file is not JSON', () => {
    const error = refusal(file('{ rules: [] }'));
    expect(error).to.be.instanceOf(RulesFileError);
    expect(error.message).to.match(/^SCALING_RULES_FILE: .*rules\.json can't be used: /);
  });

  it('is refused when its rules have mistakes', () => {
    const error = refusal(file(JSON.stringify({ rules: [{ ...RULE, metric: 'cpuu' }] })));
    expect(error).to.be.instanceOf(RulesError);
    expect(error.message).to.contain('cpuu');
  });

  it('has the shadow policies of the files named, each the live one with what its file changes', () => {
    const config = testConfig({ shadowPolicy: ` ${file('{"tolerance": 0.2}')} ,` });
    const live = loadScalingPolicy(config);
    expect(loadShadowPolicies(config, live)).to.deep.equal([{ name: 'rules', policy: { ...live, tolerance: 0.2 } }]);
    expect(loadShadowPolicies(testConfig({}), live)).to.deep.equal([]);
  });

  it('refuses shadow policies of one name, more than four, and files that are not there', () => {
    const name = file('{}');
    const refused = (shadowPolicy: string, message: RegExp): void => {
      const config = testConfig({ shadowPolicy });
      expect(() => loadShadowPolicies(config, loadScalingPolicy(config))).to.throw(message);
    };
    refused(`${name},${name}`, /^SHADOW_POLICY: two files are named rules; /);
    refused('a,b,c,d,e', /^SHADOW_POLICY: given 5 files; at most 4 are allowed$/);
    refused(path.join(directory, 'none.json'), /^SHADOW_POLICY: \S+none\.json can't be used as a policy: ENOENT/);
  });
});
