import { expect } from 'chai';
import type { Measurement } from '../../../../src/scaling/health/probe.ts';
import type { HealthCheck } from '../../../../src/scaling/health-checks/check.ts';
import { CheckSchedule } from '../../../../src/scaling/health-checks/check-schedule.ts';
import { dependencyCheck } from '../../../../src/scaling/health-checks/dependency-check.ts';

describe('CheckSchedule', () => {
  let asked: number;
  let answers: ((signal: AbortSignal) => Promise<Measurement>)[];
  let check: HealthCheck;
  let schedule: CheckSchedule;

  beforeEach(() => {
    asked = 0;
    answers = [];
    check = {
      spec: { name: 'thing', unit: 'ms', worseWhen: 'above', fall: 1, unknownAfter: 1 },
      isDependency: true,
      intervalMs: 1_000,
      timeoutMs: 20,
      measure: async (signal) => {
        asked += 1;
        return (answers.shift() ?? (async () => ({ value: asked, sentence: 'fine' })))(signal);
      },
      failure: (why) => ({ value: undefined, sentence: why }),
    };
    schedule = new CheckSchedule([check], { now: () => 77 });
  });

  afterEach(() => schedule.close());

  async function result(): Promise<string> {
    for (;;) {
      const [first] = schedule.take();
      if (first !== undefined) return first.measurement.sentence;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('runs each check at once and then at its interval', async () => {
    schedule.tick(0);
    expect(await result()).to.equal('fine');
    schedule.tick(999);
    expect(asked).to.equal(1);
    schedule.tick(1_000);
    await result();
    expect(asked).to.equal(2);
  });

  it('goes on when the clock went back, at once', async () => {
    schedule.tick(3_600_000);
    await result();
    schedule.tick(1_000);
    await result();
    schedule.tick(1_999);
    expect(asked).to.equal(2);
    schedule.tick(2_000);
    await result();
    expect(asked).to.equal(3);
  });

  it('hands each result over once, with the time it came', async () => {
    schedule.tick(0);
    let results = schedule.take();
    while (results.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      results = schedule.take();
    }
    expect(results).to.deep.equal([
      { spec: check.spec, isDependency: true, measurement: { value: 1, sentence: 'fine' }, atMs: 77 },
    ]);
    expect(schedule.take()).to.deep.equal([]);
  });

  it('makes a failure of what a check throws, by its code and never by its words', async () => {
    answers.push(async () => {
      throw Object.assign(new Error('postgres://user:secret@host'), { code: 'ECONNREFUSED' });
    });
    schedule.tick(0);
    expect(await result()).to.equal('ECONNREFUSED');
    answers.push(async () => {
      throw new TypeError('secret');
    });
    schedule.tick(1_000);
    expect(await result()).to.equal('TypeError');
  });

  it('fails a check that takes too long and tells it, and starts no second while it hangs', async () => {
    let told = false;
    let goOn = (): void => {};
    answers.push(
      (signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            told = true;
          });
          goOn = () => resolve({ value: 1, sentence: 'late' });
        }),
    );
    schedule.tick(0);
    expect(await result()).to.equal('no answer within 20 ms');
    expect(told).to.equal(true);
    schedule.tick(1_000);
    expect(await result()).to.equal('it still has not answered');
    expect(asked).to.equal(1);
    goOn();
    await new Promise((resolve) => setImmediate(resolve));
    schedule.tick(2_000);
    expect(await result()).to.equal('fine');
    expect(asked).to.equal(2);
  });

  it('gives a check its whole timeout when the interval is shorter, and tells a failure once', async () => {
    check = { ...check, intervalMs: 5 };
    schedule = new CheckSchedule([check], { now: () => 77 });
    answers.push(() => new Promise(() => {}));
    schedule.tick(0);
    schedule.tick(5);
    schedule.tick(19);
    expect(schedule.take()).to.deep.equal([]);
    expect(await result()).to.equal('no answer within 20 ms');
    schedule.tick(20);
    expect(schedule.take()).to.deep.equal([]);
    schedule.tick(25);
    expect(await result()).to.equal('it still has not answered');
  });

  it('checks sooner when it is hurried', async () => {
    schedule.tick(0);
    await result();
    schedule.hurry('another');
    schedule.tick(1);
    expect(asked).to.equal(1);
    schedule.hurry('thing');
    schedule.tick(2);
    await result();
    expect(asked).to.equal(2);
  });

  it('starts nothing when it is closed', () => {
    schedule.close();
    schedule.tick(0);
    expect(asked).to.equal(0);
  });
});

describe('a dependency', () => {
  const options = { name: 'db', label: 'The database', slowMs: 500, intervalMs: 1_000, timeoutMs: 2_000 } as const;

  it('is as bad as its answer takes long, and no answer counts as the whole timeout', async () => {
    const check = dependencyCheck({ ...options, absence: 'critical', ask: async () => {} });
    const { value, sentence } = await check.measure(new AbortController().signal);
    expect(value).to.be.within(0, 500);
    expect(sentence).to.match(/^The database answers within \d+ ms$/);
    expect(check.failure('ECONNREFUSED')).to.deep.equal({
      value: 2_000,
      sentence: 'The database does not answer: ECONNREFUSED',
    });
    expect(check.spec.warning).to.include({ set: 500, clear: 350 });
    expect(check.spec.critical).to.include({ set: 2_000, clear: 1_400 });
    expect(check.isDependency).to.equal(true);
  });

  it('is no more than a warning where something stands in for it', () => {
    const { spec } = dependencyCheck({ ...options, absence: 'warning', ask: async () => {} });
    expect(spec.critical).to.equal(undefined);
  });
});
