import { expect } from 'chai';
import { AutoScaler } from '../../../src/scaling/auto-scaler.ts';
import type { Observation } from '../../../src/scaling/autoscale/observation.ts';
import { createPolicy, type PolicyOverrides } from '../../../src/scaling/autoscale/policy.ts';
import type { DecisionRecord } from '../../../src/scaling/autoscale/record.ts';
import type { PinRequest } from '../../../src/scaling/management/services.ts';
import { machine, observation, START_MS, workersAt } from './autoscale/fixtures/observations.ts';
import { lowRule, rule } from './autoscale/fixtures/rules.ts';

/** A scaler with a cluster that does at once what it is told, and a clock turned by hand. */
class Harness {
  nowMs = START_MS;
  desired: number;
  cpu = 0.5;
  fail: unknown = null;
  given: Partial<Observation> = {};
  readonly told: number[] = [];
  readonly records: DecisionRecord[] = [];
  readonly repeats: number[] = [];
  /** Of each decision that was noted: how many there were before it. */
  readonly recorded: number[] = [];
  /** Resolves the observation under way, where a test holds it up. */
  release: (() => void) | null = null;
  heldUp = false;
  readonly scaler: AutoScaler;

  constructor({ workers = 2, ...overrides }: PolicyOverrides & { readonly workers?: number } = {}) {
    this.desired = workers;
    this.scaler = new AutoScaler({
      policy: createPolicy(
        [rule({ scaleAmount: 2, windowMs: 1_000 }), lowRule()],
        { min: 1, max: 10 },
        { mode: 'rules', ...overrides },
      ),
      desired: workers,
      observe: () => this.#observe(),
      reconciler: {
        reconcile: (desired) => {
          this.desired = desired;
          this.told.push(desired);
        },
      },
      record: (record, repeats) => {
        this.records.push(record);
        this.repeats.push(repeats);
      },
      recorder: { note: (_seen, _record, before) => this.recorded.push(before.decisions) },
      shadows: [
        { name: 'eager', policy: createPolicy([rule({ threshold: 40 })], { min: 1, max: 10 }, { mode: 'rules' }) },
      ],
      now: () => this.nowMs,
    });
  }

  async #observe(): Promise<Observation> {
    if (this.fail !== null) throw this.fail;
    const { nowMs, desired, cpu, given } = this;
    if (this.heldUp) {
      await new Promise<void>((resolve) => {
        this.release = resolve;
      });
    }
    return observation({ atMs: nowMs, desired, workers: workersAt(desired, { cpu }), ...given });
  }

  async ticks(count: number): Promise<DecisionRecord | null> {
    let record: DecisionRecord | null = null;
    for (let tick = 0; tick < count; tick += 1) {
      this.nowMs += 1_000;
      record = await this.scaler.tick();
    }
    return record;
  }
}

function request(given: Partial<PinRequest> = {}): PinRequest {
  return { instances: 4, reason: 'High traffic expected', forMs: 300_000, force: false, by: 'ops', ...given };
}

describe('the auto-scaler', () => {
  it('collects, decides, has it done and writes down the same record', async () => {
    const harness = new Harness();
    harness.cpu = 0.9;
    const record = await harness.ticks(3);
    expect(harness.told).to.deep.equal([4]);
    expect(record?.sentence).to.equal('Scaled up from 2 to 4: cpu-high (cpu 90 %, ≥ 80 %).');
    expect(harness.records).to.have.length(3);
    expect(harness.records[2]).to.equal(record);
    expect(harness.scaler.decision('last')?.record).to.equal(record);
  });

  it('has each decision recorded with the state that it began with', async () => {
    const harness = new Harness();
    await harness.ticks(3);
    expect(harness.recorded).to.deep.equal([0, 1, 2]);
  });

  it('asks shadow policies and obeys them in nothing', async () => {
    const harness = new Harness();
    await harness.ticks(3);
    expect(harness.told).to.deep.equal([]);
    const { shadow } = harness.scaler.status();
    expect(shadow.enabled).to.equal(true);
    expect(shadow.policies[0]).to.deep.include({ name: 'eager', decisions: 3, more: 1, fewer: 0, desired: 3, live: 2 });
    expect(harness.scaler.decision('last')?.explanation.at(-1)).to.match(
      /^ {2}eager: 3 instead of 2\. Scaled up from 2 to 3: /,
    );
  });

  it('tells nothing to the cluster while nothing changes', async () => {
    const harness = new Harness();
    await harness.ticks(5);
    expect(harness.told).to.deep.equal([]);
  });

  it('counts equal holds for the sink and makes one entry of them', async () => {
    const harness = new Harness();
    await harness.ticks(3);
    expect(harness.repeats).to.deep.equal([0, 1, 2]);
    expect(harness.scaler.status().decisions).to.have.length(1);
    expect(harness.scaler.status().decisions[0]).to.include({
      firstId: 1,
      id: 3,
      repeats: 2,
      sinceMs: START_MS + 1_000,
    });
  });

  it('skips a tick while another still observes', async () => {
    const harness = new Harness();
    harness.heldUp = true;
    const first = harness.scaler.tick();
    expect(await harness.scaler.tick()).to.equal(null);
    harness.release?.();
    expect((await first)?.id).to.equal(1);
    harness.heldUp = false;
    expect((await harness.scaler.tick())?.id).to.equal(2);
  });

  it('holds, with a reason, when the observation fails, and goes on when it works again', async () => {
    const harness = new Harness();
    harness.fail = new Error('the collector broke');
    expect(await harness.ticks(1)).to.include({
      action: 'hold',
      reason: 'no-observation',
      sentence: 'Held at 2 workers: nothing could be observed: the collector broke.',
    });
    harness.fail = 'no error object';
    expect((await harness.ticks(1))?.sentence).to.equal(
      'Held at 2 workers: nothing could be observed: no error object.',
    );
    harness.fail = null;
    expect((await harness.ticks(1))?.reason).to.equal('steady');
  });

  it('may tick again after the cluster or a sink threw', async () => {
    const told: number[] = [];
    const scaler = new AutoScaler({
      policy: createPolicy([], { min: 3, max: 5 }),
      desired: 2,
      observe: async () => observation({ workers: workersAt(2) }),
      reconciler: {
        reconcile: (desired) => {
          told.push(desired);
          throw new Error('no more processes');
        },
      },
      record: () => undefined,
      now: () => START_MS,
    });
    for (let tick = 0; tick < 2; tick += 1) {
      const outcome = await scaler.tick().then(
        () => 'decided',
        (error: Error) => error.message,
      );
      expect(outcome).to.equal('no more processes');
    }
    expect(told).to.deep.equal([3, 3]);
  });
});

describe('a pin through the auto-scaler', () => {
  it('acts at once, before the first tick too', () => {
    const harness = new Harness();
    const outcome = harness.scaler.pin(request());
    expect(outcome).to.include({ id: 1, action: 'scale-up', reason: 'pin', before: 2, desired: 4 });
    expect(harness.told).to.deep.equal([4]);
    expect(harness.records[0]?.sentence).to.equal('Scaled up from 2 to 4: set to 4 by ops (High traffic expected).');
    expect(harness.records).to.deep.equal([outcome]);
  });

  it('acts at once between ticks, on the latest observation', async () => {
    const harness = new Harness();
    await harness.ticks(2);
    expect(harness.scaler.pin(request())).to.include({ action: 'scale-up', before: 2, desired: 4, ready: 2 });
    expect(await harness.ticks(1)).to.include({ action: 'hold', reason: 'pin', desired: 4, ready: 4 });
    // Twice in a row: the second begins from the first.
    expect(harness.scaler.pin(request({ instances: 5 }))).to.include({ before: 4, desired: 5 });
    expect(harness.scaler.pin(request({ instances: 3 }))).to.include({ before: 5, desired: 3 });
    expect(harness.told).to.deep.equal([4, 5, 3]);
  });

  it('that comes while a tick observes is not undone by what that tick saw', async () => {
    const harness = new Harness();
    harness.heldUp = true;
    const tick = harness.scaler.tick();
    harness.scaler.pin(request());
    harness.release?.();
    expect(await tick).to.include({ before: 4, desired: 4, reason: 'pin' });
    expect(harness.told).to.have.length(1);
  });

  it('is refused outside of the limits and changes nothing', async () => {
    const harness = new Harness();
    await harness.ticks(1);
    expect(harness.scaler.pin(request({ instances: 11 }))).to.deep.equal({
      refused: true,
      status: 422,
      code: 'OUT_OF_RANGE',
      message: 'instances: given 11; must be a whole number from 1 to 10 (MIN_INSTANCES to MAX_INSTANCES)',
    });
    expect(harness.scaler.status().pin).to.equal(null);
    expect(harness.told).to.deep.equal([]);
  });

  it('is refused by the memory guard of the latest observation, unless forced', async () => {
    const harness = new Harness();
    harness.given = { machine: machine({ totalMemoryBytes: 1_000_000_000, availableMemoryBytes: 0 }) };
    await harness.ticks(1);
    expect(harness.scaler.pin(request())).to.include({ refused: true, status: 409, code: 'blocked:memory' });
    expect(harness.scaler.pin(request({ force: true }))).to.include({ desired: 4, reason: 'pin' });
  });

  it('ends at its time, or by resume', async () => {
    const harness = new Harness();
    harness.scaler.pin(request({ forMs: 3_000 }));
    expect((await harness.ticks(2))?.reason).to.equal('pin');
    expect((await harness.ticks(1))?.reason).to.equal('steady');
    harness.scaler.pin(request({ forMs: null }));
    expect((await harness.ticks(100))?.reason).to.equal('pin');
    harness.scaler.resume();
    expect((await harness.ticks(1))?.reason).to.equal('steady');
  });
});

describe('a pause through the auto-scaler', () => {
  it('holds the number until resume', async () => {
    const harness = new Harness();
    harness.cpu = 0.9;
    harness.scaler.pause('ops', 'maintenance');
    expect(await harness.ticks(10)).to.include({ reason: 'paused', desired: 2, recommended: 4 });
    expect(harness.scaler.status().paused).to.deep.equal({ sinceMs: START_MS, by: 'ops', reason: 'maintenance' });
    harness.scaler.resume();
    expect(await harness.ticks(1)).to.include({ action: 'scale-up', desired: 4 });
  });
});

describe('the scaling status', () => {
  it('is complete before the first tick', () => {
    expect(new Harness().scaler.status()).to.deep.equal({
      enabled: true,
      mode: 'rules',
      need: null,
      offeredLoadErlangs: null,
      demand: null,
      desired: 2,
      ready: null,
      pending: null,
      recommended: null,
      limits: { min: 1, max: 10 },
      pin: null,
      floor: null,
      paused: null,
      rules: [],
      guards: [],
      missing: [],
      stabilization: null,
      nextPossible: null,
      wouldChange: [],
      decisions: [],
      actions: [],
      forecast: { enabled: false },
      shadow: { enabled: false, policies: [] },
    });
  });

  it('shows rules with their values and cooldowns by the present clock, and the last decisions, newest first', async () => {
    const harness = new Harness();
    harness.cpu = 0.9;
    await harness.ticks(3);
    expect(harness.scaler.status().rules[0]).to.include({
      name: 'cpu-high',
      cooldown: 'waiting',
      cooldownLeftMs: 300_000,
    });
    harness.cpu = 0.5;
    await harness.ticks(2);
    harness.nowMs += 500;
    const status = harness.scaler.status();
    expect(
      status.rules.map(({ name, value, cooldown, cooldownLeftMs }) => [name, value, cooldown, cooldownLeftMs]),
    ).to.deep.equal([
      // The workers were ready at the tick after the scale-up, 1.5 s ago.
      ['cpu-high', 50, 'cooling', 298_500],
      // Two seconds of 4 × 50 % and three of 2 × 90 %: (2 × 2.0 + 3 × 1.8) / 5 / 4
      ['cpu-low', 47, 'idle', 0],
    ]);
    expect(status.decisions.map(({ action, reason, repeats }) => [action, reason, repeats])).to.deep.equal([
      ['hold', 'steady', 1],
      ['scale-up', 'rule', 0],
      ['hold', 'confirming', 1],
    ]);
    expect(status.actions.map(({ id, desired }) => [id, desired])).to.deep.equal([[3, 4]]);
    expect(status.stabilization).to.deep.equal({ windowMs: 120_000, maxRecommendation: 4, leftMs: 120_000 });
  });

  it('does not show a pin that is over', () => {
    const harness = new Harness();
    harness.scaler.pin(request({ forMs: 3_000 }));
    expect(harness.scaler.status().pin).to.include({ instances: 4, untilMs: START_MS + 3_000, by: 'ops' });
    harness.nowMs += 3_000;
    expect(harness.scaler.status().pin).to.equal(null);
  });

  it('is what JSON makes of it', async () => {
    const harness = new Harness();
    await harness.ticks(3);
    expect(JSON.parse(JSON.stringify(harness.scaler.status()))).to.deep.equal(harness.scaler.status());
  });
});

describe('a decision by its id', () => {
  it('has the record and its explanation', async () => {
    const harness = new Harness();
    await harness.ticks(3);
    expect(harness.scaler.decision(2)?.record.id).to.equal(3);
    expect(harness.scaler.decision('last')?.explanation[1]).to.equal(
      'Held at 2 workers: nothing asks for another number of workers.',
    );
    expect(harness.scaler.decision(99)).to.equal(undefined);
  });
});
