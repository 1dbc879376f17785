import { expect } from 'chai';
import { AppMetrics } from '../../../../src/cluster/agent/app-metrics.ts';
import type { AppCheckReport, AppMetric, AppReport } from '../../../../src/ipc/app-metrics.ts';
import { AppChecks } from '../../../../src/scaling/app-metrics/app-checks.ts';
import { AppLedger } from '../../../../src/scaling/app-metrics/app-ledger.ts';

function telling(...metrics: AppMetric[]): AppReport {
  return { metrics, dropped: 0, checks: null };
}

function metric(given: Partial<AppMetric> = {}): AppMetric {
  return { name: 'shop_orders_total', help: 'Orders.', type: 'counter', aggregator: 'sum', points: [], ...given };
}

describe('AppLedger', () => {
  let ledger: AppLedger;

  beforeEach(() => {
    ledger = new AppLedger();
  });

  const orders = (count: number) => telling(metric({ points: [['shop_orders_total', ['kind', 'x'], count]] }));

  function points(): unknown {
    return ledger.families().map(({ points: all }) => all);
  }

  it('adds counters over the workers, and keeps what one counted that is gone', () => {
    ledger.fold(1, orders(5));
    ledger.fold(2, orders(3));
    ledger.fold(1, orders(6));
    ledger.forget(1);
    ledger.fold(3, orders(1));
    expect(points()).to.deep.equal([[{ labels: { kind: 'x' }, value: 10 }]]);
  });

  it('merges gauges of the living as they want it', () => {
    const gauge = (aggregator: AppMetric['aggregator'], value: number) =>
      metric({ name: `g_${aggregator}`, type: 'gauge', aggregator, points: [[`g_${aggregator}`, [], value]] });
    const all = ['sum', 'first', 'min', 'max', 'average'] as const;
    ledger.fold(1, telling(...all.map((how) => gauge(how, 4))));
    ledger.fold(2, telling(...all.map((how) => gauge(how, 2))));
    expect(ledger.gauges()).to.deep.equal({ g_sum: 6, g_first: 4, g_min: 2, g_max: 4, g_average: 3 });
    ledger.forget(1);
    expect(ledger.gauges()).to.deep.equal({ g_sum: 2, g_first: 2, g_min: 2, g_max: 2, g_average: 2 });
    ledger.forget(2);
    expect(ledger.gauges()).to.deep.equal({});
  });

  it('keeps out names that are ours, or none', () => {
    ledger.fold(
      1,
      telling(metric({ name: 'tidegate_build_info' }), metric({ name: 'a b' }), metric({ name: 'x\ny 1' })),
    );
    expect(ledger.families()).to.deep.equal([]);
    ledger.fold(1, telling(metric({ points: [['shop_orders_total', ['a="b",c', 'x'], 1]] })));
    expect(points()).to.deep.equal([[]]);
    expect(ledger.dropped).to.equal(1);
  });

  it('takes the type that a name had first', () => {
    ledger.fold(1, orders(5));
    ledger.fold(2, telling(metric({ type: 'gauge', points: [['shop_orders_total', [], 9]] })));
    expect(points()).to.deep.equal([[{ labels: { kind: 'x' }, value: 5 }]]);
  });

  it('holds so many series and counts what it drops', () => {
    for (let user = 0; user < 5_003; user += 1) {
      ledger.fold(user, telling(metric({ points: [['shop_orders_total', ['user', String(user)], 1]] })));
    }
    expect((points() as unknown[][])[0]).to.have.length(5_000);
    expect(ledger.dropped).to.equal(3);
  });
});

describe('AppLedger with series that come and go', () => {
  const gauge = (user: number) =>
    telling(metric({ name: 'g', type: 'gauge', points: [['g', ['user', String(user)], user]] }));

  it('makes room where no worker tells a gauge any more', () => {
    const ledger = new AppLedger();
    for (let user = 0; user < 6_000; user += 1) ledger.fold(1, gauge(user));
    expect(ledger.dropped).to.equal(0);
    for (let worker = 2; worker < 6_000; worker += 1) {
      ledger.fold(worker, gauge(worker));
      ledger.forget(worker);
    }
    expect(ledger.dropped).to.equal(0);
    expect(ledger.families()[0]?.points).to.deep.equal([{ labels: { user: '5999' }, value: 5_999 }]);
  });

  it('holds so many metrics and no more', () => {
    const ledger = new AppLedger();
    for (let number = 0; number < 5_002; number += 1) {
      const name = `m${number}`;
      ledger.fold(1, telling(metric({ name, type: 'gauge', points: [[name, [], 1]] })));
    }
    expect(ledger.families()).to.have.length(5_000);
    expect(ledger.dropped).to.equal(2);
  });
});

describe('AppChecks', () => {
  let checks: AppChecks;

  beforeEach(() => {
    checks = new AppChecks();
    checks.tick(77);
  });

  function report(given: Partial<AppCheckReport> = {}): AppReport {
    const check: AppCheckReport = {
      name: 'queue',
      unit: 'mails',
      worseWhen: 'above',
      warning: 10,
      critical: 100,
      isDependency: false,
      value: 5,
      failure: null,
      sequence: 1,
      ...given,
    };
    return { metrics: null, dropped: 0, checks: [check] };
  }

  it('judge the worst worker, each result once', () => {
    checks.fold(1, report({ value: 5 }));
    checks.fold(2, report({ value: 50 }));
    const [result] = checks.take();
    expect(result?.measurement).to.deep.equal({ value: 50, sentence: 'queue in worker 2: 50 mails' });
    expect([result?.spec.name, result?.atMs, result?.isDependency]).to.deep.equal(['app-queue', 77, false]);
    expect(result?.spec.warning).to.deep.equal({ set: 10, clear: 9, rise: 2 });
    expect(checks.take()).to.deep.equal([]);
    checks.fold(2, report({ value: 5, sequence: 2 }));
    expect(checks.take()).to.have.length(1);
    checks.forget(2);
    checks.fold(1, report({ value: 6, sequence: 2 }));
    expect(checks.take()[0]?.measurement.value).to.equal(6);
  });

  it('count one bad value once, whatever other workers tell meanwhile', () => {
    checks.fold(1, report({ value: 50 }));
    checks.fold(2, report({ value: 5 }));
    expect(checks.take()).to.have.length(1);
    checks.fold(2, report({ value: 6, sequence: 2 }));
    expect(checks.take()).to.deep.equal([]);
    checks.fold(1, report({ value: 50, sequence: 2 }));
    expect(checks.take()).to.have.length(1);
  });

  it('take the levels that the newest worker gives', () => {
    checks.fold(1, report({ value: 50 }));
    checks.take();
    checks.fold(2, report({ value: 60, warning: 70 }));
    expect(checks.take()[0]?.spec.warning?.set).to.equal(70);
  });

  it('are over when no worker has told of them for a minute', () => {
    checks.fold(1, report());
    checks.take();
    checks.forget(1);
    checks.take();
    checks.tick(77 + 59_999);
    expect(checks.takeEnded()).to.deep.equal([]);
    checks.tick(77 + 60_000);
    expect(checks.takeEnded()).to.deep.equal(['app-queue']);
    expect(checks.takeEnded()).to.deep.equal([]);
    checks.fold(2, report());
    expect(checks.take()).to.have.length(1);
  });

  it('go on when another worker takes them over', () => {
    checks.fold(1, report());
    checks.take();
    checks.forget(1);
    checks.take();
    checks.fold(2, report());
    checks.take();
    checks.tick(77 + 90_000);
    expect(checks.takeEnded()).to.deep.equal([]);
  });

  it('know what is worse where less is', () => {
    checks.fold(1, report({ worseWhen: 'below', warning: 10, critical: 1, value: 5 }));
    checks.fold(2, report({ worseWhen: 'below', warning: 10, critical: 1, value: 50 }));
    const [result] = checks.take();
    expect(result?.measurement.value).to.equal(5);
    expect(result?.spec.warning?.clear).to.equal(11);
  });

  it('say why a check failed, and refuse names that are none', () => {
    checks.fold(1, report({ value: 100, failure: 'no answer within 20 ms' }));
    expect(checks.take()[0]?.measurement.sentence).to.equal('queue in worker 1: no answer within 20 ms');
    checks.fold(1, report({ name: 'A B' }));
    expect(checks.take()).to.deep.equal([]);
  });
});

describe('AppMetrics, in a worker', () => {
  function promClient(read: () => object[]) {
    let reads = 0;
    const register = {
      getMetricsAsJSON: async () => {
        reads += 1;
        return read();
      },
    };
    return { modules: { '/app/node_modules/prom-client/index.js': { exports: { register } } }, reads: () => reads };
  }

  async function told(subject: AppMetrics, nowMs: number): Promise<AppReport[]> {
    const reports: AppReport[] = [];
    subject.tick(nowMs, (report) => reports.push(report));
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    return reports;
  }

  it('does nothing for an app without prom-client', async () => {
    expect(await told(new AppMetrics({ '/app/index.js': { exports: {} } }), 10_000)).to.deep.equal([]);
  });

  it('reads the default registry every 5 s, and tells what has changed', async () => {
    let value = 1;
    const { modules, reads } = promClient(() => [
      { name: 'a_total', help: 'A.', type: 'counter', aggregator: 'sum', values: [{ value, labels: { kind: 1 } }] },
    ]);
    const subject = new AppMetrics(modules);
    expect(await told(subject, 999), 'nobody looks in the first second').to.deep.equal([]);
    const expected = { ...metric({ name: 'a_total', help: 'A.' }), points: [['a_total', ['kind', '1'], 1]] };
    expect(await told(subject, 1_000)).to.deep.equal([{ metrics: [expected], dropped: 0, checks: null }]);
    expect(await told(subject, 5_999)).to.deep.equal([]);
    expect(reads()).to.equal(1);
    expect(await told(subject, 6_000), 'nothing new').to.deep.equal([]);
    value = 2;
    expect(await told(subject, 11_000)).to.have.length(1);
    expect(reads()).to.equal(3);
  });

  it('leaves out what can not be merged, and what is too much', async () => {
    const values = Array.from({ length: 1_200 }, (_, index) => ({ value: 1, labels: { user: index } }));
    const { modules } = promClient(() => [
      { name: 'omitted', help: '', type: 'gauge', aggregator: 'omit', values: [{ value: 1, labels: {} }] },
      {
        name: 's',
        help: '',
        type: 'summary',
        values: [
          { value: 1, labels: { quantile: 0.5 } },
          { value: 3, metricName: 's_sum', labels: {} },
          { value: Number.NaN, metricName: 's_count', labels: {} },
        ],
      },
      { name: 'many', help: '', type: 'gauge', aggregator: 'sum', values },
    ]);
    const [report] = await told(new AppMetrics(modules), 1_000);
    expect(report?.metrics?.map(({ name, points }) => [name, points.length])).to.deep.equal([
      ['s', 1],
      ['many', 999],
    ]);
    expect(report?.dropped).to.equal(201);
  });

  it('survives figures that throw', async () => {
    const { modules } = promClient(() => {
      throw new Error('a gauge of the app is broken');
    });
    const subject = new AppMetrics(modules);
    expect(await told(subject, 1_000)).to.deep.equal([]);
    expect(await told(subject, 6_000)).to.deep.equal([]);
  });
});
