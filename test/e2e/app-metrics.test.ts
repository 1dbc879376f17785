import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { HealthBody } from '../../src/scaling/health-monitor.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

describe('metrics of the app’s own', function () {
  this.timeout(60_000);
  let runtime: Runtime;

  before(async () => {
    runtime = await Runtime.start(fixture('own-metrics.mjs'), {
      args: ['-i', '2'],
      env: {
        AUTO_SCALING_ENABLED: 'false',
        METRICS_MODULE: fileURLToPath(new URL('../../src/metrics.js', import.meta.url)),
      },
    });
  });

  after(() => runtime?.kill());

  async function page(): Promise<string> {
    return (await fetch(`${runtime.controlUrl}/metrics`)).text();
  }

  async function value(series: string): Promise<number> {
    const line = (await page()).split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return line === undefined ? Number.NaN : Number(line.slice(series.length));
  }

  async function ask(path: string, of = 2): Promise<void> {
    const pids = new Set<string>();
    while (pids.size < of) {
      pids.add(await (await fetch(`${runtime.url}${path}`, { headers: { connection: 'close' } })).text());
    }
  }

  const ORDERS = 'shop_orders_total{kind="a \\"quoted\\"\\nkind"}';

  it('stand on the page behind ours, added over the workers', async () => {
    let asked = 0;
    while (asked < 20) {
      await ask('/order', 1);
      asked += 1;
    }
    await until('20 orders', async () => (await value(ORDERS)) === 20, 30_000);
    expect(await value('shop_price_euros_bucket{le="10"}')).to.equal(20);
    expect(await value('shop_price_euros_bucket{le="1"}')).to.equal(0);
    expect(await value('shop_price_euros_sum')).to.equal(100);
    expect(await value('shop_uptime_seconds'), 'merged as its aggregator says').to.equal(2);
    const text = await page();
    expect(text, 'our prefix is ours').to.not.include('tidegate_forged_total');
    expect(text).to.match(/^# TYPE shop_price_euros histogram$/m);
    const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    if (error === undefined) expect([status, stdout, stderr]).to.deep.equal([0, '', '']);
  });

  it('do not fall when workers are replaced', async () => {
    await runtime.reload();
    expect(await value(ORDERS)).to.equal(20);
    await ask('/order', 1);
    await until('one order more', async () => (await value(ORDERS)) === 21, 30_000);
  });

  it('have health checks that are judged like ours', async () => {
    const level = async (): Promise<string | undefined> =>
      (await runtime.api<HealthBody>('GET', '/health')).body.probes['app-mail-queue']?.level;
    await until('a first result', async () => (await level()) === 'ok');
    await ask('/queue?n=50');
    await until('a warning', async () => (await level()) === 'warning');
    const { body } = await runtime.api<{ active: { key: string; sentence: string }[] }>('GET', '/alerts');
    const [alert] = body.active.filter(({ key }) => key === 'health/app-mail-queue');
    expect(alert?.sentence).to.match(/^mail-queue in worker \d+: 50 mails$/);
    expect(await value('tidegate_health_status{probe="app-mail-queue"}')).to.equal(1);
    await ask('/queue?n=0');
    await until('well again', async () => (await level()) === 'ok');
    await until('the gauge', async () => (await value('shop_queue_length')) === 0, 15_000);
  });
});
