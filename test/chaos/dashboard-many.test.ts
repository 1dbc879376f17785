import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { ScalingServer } from '../../src/scaling/scaling-server.ts';
import { hasChromium, launchBrowser, Tab } from '../helpers/browser.ts';
import { MemoryServices, testSample, testWorker } from '../helpers/management-services.ts';
import { until } from '../helpers/runtime.ts';

const WORKERS = 200;
const MEASURED_SECONDS = 5;
const MAX_CORE_SHARE = 0.2;

interface ProcessInfo {
  readonly processInfo: readonly { readonly type: string; readonly cpuTime: number }[];
}

describe('the dashboard with 200 workers (needs chromium)', function () {
  this.timeout(60_000);
  let services: MemoryServices;
  let server: ScalingServer;
  let browser: Browser;
  let timer: NodeJS.Timeout | undefined;
  let second = 0;

  /** All figures of all workers change, as they do under load. */
  function tick(): void {
    second += 1;
    const nowMs = Date.now();
    const workers = Array.from({ length: WORKERS }, (_, slot) => {
      const requests = second * (50 + ((slot * 7 + second * 13) % 40));
      const busy = ((slot * 31 + second * 17) % 100) / 100;
      const sample = {
        ...testSample(requests),
        elu: busy,
        cpu: busy * 0.9,
        rssBytes: 5e7 + busy * 1e7,
        connections: second % 90,
      };
      return { ...testWorker(slot), sample, sampleAtMs: nowMs, startedAtMs: nowMs - 60_000, readyAtMs: nowMs - 59_000 };
    });
    services.state = { ...services.state, desired: WORKERS, ready: WORKERS, workers };
    services.emit('sample', { atMs: nowMs, cluster: services.state });
    timer = setTimeout(tick, 1_000);
  }

  before(async function () {
    if (!hasChromium()) return this.skip();
    services = new MemoryServices({ maxMemoryRestartBytes: 100_000_000 });
    server = new ScalingServer(services);
    browser = await launchBrowser();
    tick();
  });
  after(async () => {
    clearTimeout(timer);
    await browser?.close();
    await server?.close(1_000);
  });

  it('takes at most a fifth of one core', async () => {
    const { url } = await server.listenTcp('127.0.0.1', 0);
    const tab = await Tab.open(browser, url, { viewport: { width: 1440, height: 900 } });
    await until('all rows', async () => (await tab.page.locator('#worker-rows tr').count()) === WORKERS);
    await tab.page.locator('#workers').scrollIntoViewIfNeeded();
    const client = await browser.newBrowserCDPSession();
    const cpuSeconds = async (): Promise<number> => {
      const { processInfo } = (await client.send('SystemInfo.getProcessInfo')) as ProcessInfo;
      return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    };
    const roundBefore = second;
    // What the first rounds compile and lay out is no steady state.
    await until('some rounds', () => second >= roundBefore + 3);
    const [cpuBefore, atMs, fromRound] = [await cpuSeconds(), performance.now(), second];
    await until('the measured rounds', () => second >= fromRound + MEASURED_SECONDS);
    const share = ((await cpuSeconds()) - cpuBefore) / ((performance.now() - atMs) / 1_000);
    console.log(`      ${(share * 100).toFixed(1)} % of one core`);
    expect(share).to.be.lessThan(MAX_CORE_SHARE);
    expect(await tab.page.locator('#rate').textContent()).to.match(/^[\d,]+$/);
    expect(tab.complaints).to.deep.equal([]);
  });
});
