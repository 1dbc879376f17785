import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseScalingRules } from '../../../../config/rules.ts';
import { lintRules } from '../../../../src/scaling/autoscale/linter.ts';
import { createPolicy } from '../../../../src/scaling/autoscale/policy.ts';
import { Bench } from './fixtures/bench.ts';
import { machine, requests, starting, workersAt } from './fixtures/observations.ts';

/** The tests run built, at another depth than their sources. */
function projectFile(name: string): string {
  let directory = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(directory, 'package.json'))) directory = path.dirname(directory);
  return path.join(directory, name);
}

const LIMITS = { min: 1, max: 10 };
const file: unknown = JSON.parse(readFileSync(projectFile('config/scaling-rules.json'), 'utf8'));
const rules = parseScalingRules(file, (parsed) => lintRules(createPolicy(parsed, LIMITS)));

describe('the shipped rules', () => {
  it('are the customer’s, and a pair for the event loop', () => {
    const words = rules.map((rule) => {
      if (rule.type !== 'threshold') return [rule.name, rule.type];
      const { metric, aggregate, operator, threshold, action, scaleAmount, cooldownMs } = rule;
      return [metric, aggregate, operator, threshold, action, scaleAmount, cooldownMs / 1_000];
    });
    expect(words).to.deep.equal([
      ['elu', 'mean', 'gte', 80, 'scale-up', 1, 30],
      ['cpu', 'mean', 'gte', 80, 'scale-up', 2, 300],
      ['responseTime', 'p95', 'gte', 500, 'scale-up', 1, 300],
      ['memory', 'mean', 'gte', 85, 'scale-up', 1, 300],
      ['capacity', 'mean', 'gte', 75, 'scale-up', 1, 300],
      ['bandwidth', 'mean', 'gte', 80, 'scale-up', 1, 300],
      ['errorRate', 'mean', 'gte', 5, 'alert', 0, 300],
      ['cpu', 'mean', 'lte', 30, 'scale-down', 1, 600],
      ['elu', 'mean', 'lte', 30, 'scale-down', 1, 600],
      ['responseTime', 'p95', 'lte', 100, 'scale-down', 1, 600],
    ]);
  });

  it('pass the linter whatever the limits are', () => {
    for (const limits of [LIMITS, { min: 1, max: 2 }, { min: 2, max: 64 }, { min: 1, max: 1_000 }]) {
      expect(lintRules(createPolicy(rules, limits))).to.deep.equal([]);
    }
  });

  it('add a worker under CPU-heavy load and remove it after the stabilization window when it is gone', () => {
    const bench = new Bench({ rules, workers: 1 });
    const small = machine({ cores: 2, cpuUtilization: 0.6 });
    expect(bench.run(3, { cpu: 0.97, elu: 0.99 }, { machine: small })).to.include({
      desired: 2,
      action: 'scale-up',
      rule: 'cpu-high',
    });
    const idle = { traffic: requests(0, 1) };
    const actions: number[] = [];
    for (let second = 1; second <= 300; second += 1) {
      if (bench.step({ cpu: 0.01, elu: 0.01 }, idle).action !== 'hold') actions.push(second);
    }
    // After two seconds elu is still (3 × 0.99 + 2 × 0.02) / 5 / 2 = 30.1 %: two are recommended for the last time. 120 s later that is
    // out of the window.
    expect(actions).to.deep.equal([122]);
    expect(bench.desired).to.equal(1);
  });

  it('never flap under a steady load', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_200 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 0, max: 4 }),
        (hundredths, begin, startTicks) => {
          // cpu = load / ready, as far as a core goes.
          const load = hundredths / 100;
          const bench = new Bench({ rules, workers: begin });
          const moves: number[] = [];
          let ready = begin;
          let waited = 0;
          for (let tick = 0; tick < 600; tick += 1) {
            waited = ready < bench.desired ? waited + 1 : 0;
            if (waited > startTicks || ready > bench.desired) ready = bench.desired;
            const share = Math.min(1, load / ready);
            const pending = Array.from({ length: bench.desired - ready }, (_, index) => starting(100 + index));
            const workers = [...workersAt(ready, { cpu: share, elu: share }), ...pending];
            const record = bench.step({}, { workers, traffic: requests(100, 60) }, 5_000);
            if (record.desired !== record.before) moves.push(record.desired - record.before);
          }
          const directions = new Set(moves.map(Math.sign));
          expect(directions.size, `load ${load} from ${begin}: ${moves.join(' ')}`).to.be.at.most(1);
          // And it is where the up rules are content, or at the limit.
          expect(load / bench.desired < 0.8 || bench.desired === LIMITS.max).to.equal(true);
        },
      ),
      { seed: 20_260_101, numRuns: 20 },
    );
  });
});
