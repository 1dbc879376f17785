import { expect } from 'chai';
import type { AppCheckReport } from '../../../../src/ipc/app-metrics.ts';
import { HealthCheckError, healthCheck } from '../../../../src/scaling/app-metrics/health-check.ts';

const CHECKS_KEY = Symbol.for('tidegate.checks');

function reports(): ReadonlyMap<string, AppCheckReport> {
  return (globalThis as { [CHECKS_KEY]?: Map<string, AppCheckReport> })[CHECKS_KEY] ?? new Map();
}

describe('a health check of the app', () => {
  const ends: (() => void)[] = [];

  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  async function reportOf(
    check: () => unknown,
    options: Parameters<typeof healthCheck>[2] = {},
  ): Promise<AppCheckReport> {
    ends.push(healthCheck('thing', check, options));
    for (;;) {
      const report = reports().get('thing');
      if (report !== undefined) return report;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  it('gives a figure where it has levels', async () => {
    expect(await reportOf(() => 12, { unit: 'mails', warning: 10, dependency: true })).to.deep.equal({
      name: 'thing',
      unit: 'mails',
      worseWhen: 'above',
      warning: 10,
      critical: null,
      isDependency: true,
      value: 12,
      failure: null,
      sequence: 1,
    });
  });

  it('is as bad as its worst level when there is no figure', async () => {
    expect(await reportOf(() => 'many', { warning: 10, critical: 100 })).to.include({
      value: 100,
      failure: 'it has levels and gave no figure',
    });
  });

  it('is well without levels unless it says false', async () => {
    const well = await reportOf(async () => undefined);
    expect(well).to.include({ value: 0, critical: 1, failure: null });
    ends.splice(0)[0]?.();
    expect(await reportOf(() => false)).to.include({ value: 1, failure: 'it says that it is not well' });
  });

  it('has failed when it throws, or takes too long', async () => {
    const thrown = await reportOf(() => {
      throw new Error('no licence');
    });
    expect(thrown).to.include({ value: 1, failure: 'no licence' });
    ends.splice(0)[0]?.();
    const late = await reportOf(() => new Promise(() => {}), { timeoutMs: 5 });
    expect(late).to.include({ value: 1, failure: 'no answer within 5 ms' });
  });

  it('tells no password and begins no line of its own', async () => {
    const { failure, unit } = await reportOf(
      () => {
        throw new Error(`connect postgres://shop:p@ss/w${'o'.repeat(300)}rd@db.internal/shop\nERROR: \u001b[31mforged`);
      },
      { unit: 'a\nb', warning: 1 },
    );
    expect(failure).to.equal('connect postgres://db.internal/shop ERROR:  [31mforged');
    expect(unit).to.equal('a b');
  });

  it('is gone when it is ended', async () => {
    await reportOf(() => 1);
    ends.splice(0)[0]?.();
    expect(reports().has('thing')).to.equal(false);
  });

  it('refuses names and times that are none, and too many', () => {
    for (const name of ['', 'A', 'a b', 'x'.repeat(41)]) {
      expect(() => healthCheck(name, () => {})).to.throw(HealthCheckError, 'is no name of a check');
    }
    expect(() => healthCheck('a', () => {}, { intervalMs: 10 })).to.throw(HealthCheckError, 'intervalMs is 10');
  });

  it('refuses times that a timer can not keep, which would have it run without a pause', () => {
    for (const times of [{ intervalMs: Number.POSITIVE_INFINITY }, { intervalMs: 2 ** 31 }, { timeoutMs: 2 ** 31 }]) {
      expect(() => ends.push(healthCheck('a', () => {}, times))).to.throw(HealthCheckError, '2147483647 at most');
    }
  });

  it('refuses levels that are no numbers, or in the wrong order', () => {
    const refused = (options: Parameters<typeof healthCheck>[2], message: string): void => {
      expect(() => ends.push(healthCheck('a', () => 1, options))).to.throw(HealthCheckError, message);
    };
    refused({ warning: Number.NaN }, 'warning is NaN; give a number');
    refused({ warning: 100, critical: 10 }, 'critical is 10; allowed is at least warning, 100');
    refused({ warning: 10, critical: 100, worseWhen: 'below' }, 'critical is 100; allowed is at most warning, 10');
  });

  it('takes the place of an earlier one of its name, which runs no more and takes nothing with it when it is ended', async () => {
    let asked = 0;
    let askedAgain = (): void => {};
    await reportOf(
      () => {
        asked += 1;
        askedAgain();
        return 1;
      },
      { warning: 5, intervalMs: 100 },
    );
    ends.push(healthCheck('thing', () => 2, { warning: 5, intervalMs: 100 }));
    await new Promise<void>((resolve) => {
      askedAgain = resolve;
    });
    while (reports().get('thing')?.sequence !== 4) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(reports().get('thing')?.value).to.equal(2);
    expect(asked).to.equal(2);
    ends.shift()?.();
    expect(reports().has('thing')).to.equal(true);
  });
});
