import { expect } from 'chai';
import { createPolicy } from '../../../../src/scaling/autoscale/policy.ts';
import { applyOverrides, PolicyFileError } from '../../../../src/scaling/simulate/policy-file.ts';
import { rule } from '../autoscale/fixtures/rules.ts';

const BASE = createPolicy([rule()], { min: 1, max: 4 });
const RULE = {
  name: 'a',
  metric: 'elu',
  operator: 'gte',
  threshold: 70,
  action: 'scale-up',
  scaleAmount: 1,
  cooldownPeriod: 0,
};

describe('a policy file', () => {
  it('changes what it names, nested fields too, and leaves the rest as it is', () => {
    const given = { mode: 'rules', guards: { runDelayBlock: 0.3 }, schedules: '0 8 * * * 1h 2', rules: [RULE] };
    const policy = applyOverrides(BASE, given, 'p.json');
    expect(policy.mode).to.equal('rules');
    expect(policy.guards).to.deep.equal({ ...BASE.guards, runDelayBlock: 0.3 });
    expect(policy.schedules.map(({ workers }) => workers)).to.deep.equal([2]);
    expect(policy.rules.map(({ name }) => name)).to.deep.equal(['a']);
    expect(policy.limits).to.deep.equal({ min: 1, max: 4 });
    expect(applyOverrides(BASE, {}, 'p.json')).to.deep.equal(BASE);
  });

  const refused: Readonly<Record<string, readonly [given: unknown, message: RegExp]>> = {
    'that is no object': [[], /^p\.json: given \[\]; must be an object$/],
    'with a field that is not there': [{ window: 1 }, /^p\.json: window: there is no such field; there are enabled, /],
    'with a value of another type': [{ tolerance: '1' }, /^p\.json: tolerance: given "1"; must be a number$/],
    'with a number below 0': [{ guards: { runDelayBlock: -1 } }, /runDelayBlock: given -1; must not be below 0$/],
    'with another mode': [{ mode: 'fast' }, /^p\.json: mode: given "fast"; must be auto or rules$/],
    'with limits that contradict each other': [{ limits: { min: 5 } }, /^p\.json: limits 5\.\.4: /],
    'with schedules that are no text': [
      { schedules: 5 },
      /schedules: given 5; must be a text as in SCALING_SCHEDULES$/,
    ],
    'with a schedule that can not be read': [{ schedules: 'daily' }, /^p\.json: schedule "daily": must be /],
    'with rules that have mistakes': [{ rules: [{ ...RULE, operator: 'is' }] }, /^p\.json: .*operator/],
  };
  for (const [what, [given, message]] of Object.entries(refused)) {
    it(`${what} is refused`, () => {
      expect(() => applyOverrides(BASE, given, 'p.json')).to.throw(PolicyFileError, message);
    });
  }
});
