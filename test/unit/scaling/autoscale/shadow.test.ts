import { expect } from 'chai';
import { NOTHING_MANUAL } from '../../../../src/scaling/autoscale/manual.ts';
import { createPolicy } from '../../../../src/scaling/autoscale/policy.ts';
import { askShadow, newShadow, type Shadow } from '../../../../src/scaling/autoscale/shadow.ts';
import { Bench } from './fixtures/bench.ts';
import { observation, workersAt } from './fixtures/observations.ts';
import { lowRule, rule } from './fixtures/rules.ts';

const LIMITS = { min: 1, max: 10 };
const EAGER = createPolicy([rule({ windowMs: 1_000, threshold: 40, cooldownMs: 0 }), lowRule()], LIMITS, {
  mode: 'rules',
});

/** A live run of one rule (cpu ≥ 80 %) with a shadow policy beside it. */
class Beside {
  readonly live = new Bench({ rules: [rule({ windowMs: 1_000, cooldownMs: 0 }), lowRule()] });
  shadow: Shadow = newShadow({ name: 'eager', policy: EAGER }, 2);

  run(seconds: number, cpu: number): void {
    for (let second = 0; second < seconds; second += 1) {
      const { desired, manual } = this.live.state;
      const seen = observation({ atMs: this.live.nowMs, desired, workers: workersAt(desired, { cpu }) });
      this.shadow = askShadow(this.shadow, seen, manual, this.live.decide(seen));
      this.live.nowMs += 1_000;
    }
  }
}

describe('a shadow policy', () => {
  it('that is the live one says the same', () => {
    const beside = new Beside();
    beside.shadow = newShadow({ name: 'same', policy: beside.live.policy }, 2);
    beside.run(20, 0.9);
    expect(beside.shadow.standing).to.include({ decisions: 20, more: 0, fewer: 0, differsSinceMs: null });
    expect(beside.shadow.standing?.lastDifference).to.equal(null);
  });

  it('is asked about the workers that there are, and counts how often it is of another opinion', () => {
    const beside = new Beside();
    beside.run(2, 0.6);
    expect(beside.shadow.standing).to.include({ action: 'hold', reason: 'confirming', more: 0 });
    const differsSinceMs = beside.live.nowMs;
    beside.run(1, 0.6);
    expect(beside.shadow.standing).to.deep.include({
      name: 'eager',
      decisions: 3,
      live: 2,
      more: 1,
      fewer: 0,
      differsSinceMs,
    });
    expect(beside.shadow.standing?.desired).to.be.above(2);
    beside.run(3, 0.3);
    expect(beside.shadow.standing).to.include({ desired: 2, live: 2, differsSinceMs: null });
    expect(beside.shadow.standing?.lastDifference?.sentence).to.match(/^Scaled up from 2 to /);
  });

  it('heeds what people set by hand', () => {
    const beside = new Beside();
    const pin = { instances: 5, sinceMs: 0, untilMs: null, by: 'ops', reason: '', force: false };
    beside.live.state = { ...beside.live.state, manual: { ...NOTHING_MANUAL, pin } };
    beside.run(2, 0.6);
    expect(beside.shadow.standing).to.include({ desired: 5, live: 5, reason: 'pin' });
  });

  it('is told in a line', () => {
    const beside = new Beside();
    beside.run(2, 0.6);
    expect(beside.shadow.standing?.summary).to.match(/^the same number\. Held at 2 workers: cpu-high wants \d/);
    beside.run(1, 0.6);
    expect(beside.shadow.standing?.summary).to.match(/^\d instead of 2\. Scaled up from 2 to \d: cpu-high /);
  });
});
