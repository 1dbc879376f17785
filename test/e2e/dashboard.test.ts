import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { hasChromium, launchBrowser, Tab } from '../helpers/browser.ts';
import { seriousFindings } from '../helpers/page-audit.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

const OPERATOR_TOKEN = 'operator-token-0123456789';
const VIEWER_TOKEN = 'viewer-token-0123456789';

describe('the dashboard in a browser (needs chromium)', function () {
  this.timeout(60_000);
  let runtime: Runtime;
  let browser: Browser;
  let tab: Tab;
  let page: Page;

  const textOf = async (selector: string): Promise<string> => (await page.locator(selector).textContent()) ?? '';
  const waitForText = (selector: string, text: string | RegExp): Promise<boolean> =>
    until(`${selector} is ${text}`, async () => {
      const found = await textOf(selector);
      return typeof text === 'string' ? found === text : text.test(found);
    });

  async function logIn(token: string): Promise<void> {
    await page.locator('#token').fill(token);
    await page.locator('#login-form button').click();
  }

  before(async function () {
    if (!hasChromium()) return this.skip();
    [browser, runtime] = await Promise.all([
      launchBrowser(),
      Runtime.start(fixture('http.cjs'), {
        args: ['-i', '1'],
        env: { MANAGEMENT_TOKENS: `operator:${OPERATOR_TOKEN},viewer:${VIEWER_TOKEN}`, MAX_INSTANCES: '4' },
      }),
    ]);
    tab = await Tab.open(browser, runtime.controlUrl, { viewport: { width: 1440, height: 900 } });
    page = tab.page;
    page.setDefaultTimeout(8_000);
  });
  after(async () => {
    await browser?.close();
    await runtime?.stop();
  });

  it('asks for a token, says when one is wrong, and shows nothing before', async () => {
    await page.locator('#login').waitFor({ state: 'visible' });
    expect(await textOf('#size')).to.equal('–');
    await logIn('not-the-token-0123456789');
    await waitForText('#login-problem', /token/i);
    expect(await page.locator('#login').isVisible()).to.equal(true);
  });

  it('lets a viewer see everything, change nothing, and read why', async () => {
    await logIn(VIEWER_TOKEN);
    await waitForText('#size', '1');
    expect(await textOf('#link')).to.equal('live');
    for (const id of ['scale-set', 'more', 'reload', 'stop', 'pause', 'silence-set']) {
      expect(await page.locator(`#${id}`).getAttribute('aria-disabled'), id).to.equal('true');
    }
    expect(await textOf('#may-not')).to.equal('This takes an operator; you are here as a viewer.');
    expect(await page.locator('#worker-rows button:text("Restart")').getAttribute('aria-disabled')).to.equal('true');
    // Playwright waits for what is aria-disabled; people click it.
    await page.locator('#more').click({ force: true });
    await page.locator('#notices .failed:has-text("This takes an operator")').waitFor();
    expect(await page.locator('#confirm').isVisible()).to.equal(false);
    await page.locator('#log-out').click();
    await page.locator('#login').waitFor({ state: 'visible' });
  });

  it('scales when an operator has read what will happen and said yes', async () => {
    await logIn(OPERATOR_TOKEN);
    await until('no reason left', async () => (await textOf('#may-not')) === '');
    await page.locator('#more').click();
    expect(await textOf('#confirm-title')).to.equal('Scale from 1 to 2 workers?');
    await page.locator('#confirm-no').click();
    await page.locator('#hold').selectOption('15m');
    await page.locator('#reason').fill('a test');
    await page.locator('#instances').fill('2');
    await page.locator('#scale-set').click();
    expect(await page.locator('#confirm-text li').allTextContents()).to.deep.equal([
      '1 worker will start and take connections when ready.',
      'After 15 minutes the scaler decides again.',
    ]);
    await page.locator('#confirm-yes').click();
    await waitForText('#size', '2');
    await waitForText('#by-hand', /^Held at 2 by .* for another 1[45] min \(a test\)\.$/);
    await page.locator('#decisions li:has-text("Scaled up from 1 to 2")').waitFor();
    expect(await page.locator('#worker-rows tr').count()).to.equal(2);
  });

  it('shows a scale-up within two seconds of the decision', async () => {
    const answer = await fetch(`${runtime.controlUrl}/scaling/manual`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${OPERATOR_TOKEN}` },
      body: JSON.stringify({ instances: 3, force: true }),
    });
    const { atMs } = (await answer.json()) as { readonly atMs: number };
    await page.locator('#size-of:text-is("/ 3")').waitFor();
    await page.locator('#decisions li:has-text("Scaled up from 2 to 3")').waitFor();
    await page.locator('#marks .mark.up').last().waitFor();
    expect(Date.now() - atMs).to.be.lessThan(2_000);
    await waitForText('#size', '3');
  });

  it('opens the explanation of a decision from the time line, by keyboard', async () => {
    await page.locator('#marks .mark[tabindex="0"]').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.locator('#explanation .pairs dt:has-text("Workers wanted")').waitFor();
    expect(await textOf('#explanation-body')).to.match(/Next possible: scale-up/);
    await page.keyboard.press('Escape');
    await page.locator('#explanation').waitFor({ state: 'hidden' });
    await page.locator('#why').click();
    await waitForText('#explanation-title', /^(Scaled up from 2 to 3|Held at 3 workers)/);
    expect(await seriousFindings(page)).to.deep.equal([]);
    await page.locator('#explanation-close').click();
  });

  it('opens a worker, and says what explains its state', async () => {
    await page.locator('#worker-rows th button').first().click();
    await waitForText('#worker-sentences li >> nth=0', /^Ready for .*: it takes new connections\.$/);
    expect(await textOf('#worker-figures')).to.match(/pid \d+/);
    await page.keyboard.press('Escape');
  });

  it('silences alerts for a time, lists the silence, and ends it', async () => {
    await page.locator('#silence-new summary').click();
    await page.locator('#silence-key').fill('health/*');
    await page.locator('#silence-for').selectOption('8h');
    await page.locator('#silence-reason').fill('maintenance');
    await page.locator('#silence-set').click();
    expect(await textOf('#confirm-title')).to.equal('Silence health/* for 8 hours?');
    await page.locator('#confirm-yes').click();
    await waitForText('#silence-list li', /^health\/\*by .*: maintenanceuntil .*Remove$/);
    expect(await seriousFindings(page)).to.deep.equal([]);
    await page.locator('#silence-list button').click();
    await page.locator('#confirm-yes').click();
    await page.locator('#silences').waitFor({ state: 'hidden' });
  });

  it('replaces one worker from its row', async () => {
    const names = page.locator('#worker-rows th button');
    const before = await names.allTextContents();
    await page.locator('#worker-rows button:text("Restart")').first().click();
    expect(await textOf('#confirm-title')).to.equal(`Restart worker ${before[0]?.slice(1)}?`);
    await page.locator('#confirm-yes').click();
    await page.locator('#notices :text("was replaced by worker 4")').waitFor();
    await until('its successor has its row', async () => {
      const now = await names.allTextContents();
      return now.length === 3 && now.includes('#4') && !now.includes(before[0] ?? '');
    });
  });

  it('shows the log to the operator, filtered', async () => {
    await page.locator('#logs summary').click();
    await page.locator('#log-text').fill('is ready after');
    await until('four lines', async () => (await page.locator('#log-lines li').count()) === 4);
    await page.locator('#logs summary').click();
  });

  for (const [colours, width] of [
    ['light', 1440],
    ['dark', 390],
  ] as const) {
    it(`has no serious fault of accessibility in ${colours} at ${width} pixels, and fits`, async () => {
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme: colours });
      expect(await seriousFindings(page)).to.deep.equal([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(width);
    });
  }

  it('says that it is disconnected, and that figures are old, and comes back with the present', async () => {
    await tab.context.setOffline(true);
    await page.evaluate("dispatchEvent(new Event('offline'))");
    runtime.process.kill('SIGSTOP');
    await waitForText('#link', /^(stale|disconnected), figures \d+ s old/);
    expect(await page.locator('#main').getAttribute('class')).to.equal('stale');
    runtime.process.kill('SIGCONT');
    await tab.context.setOffline(false);
    await waitForText('#link', 'live');
  });

  it('complained of nothing but the token that was wrong, and the connection that was cut', () => {
    const expected = /401 \(Unauthorized\)|ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED/;
    expect(tab.complaints.filter((complaint) => !expected.test(complaint))).to.deep.equal([]);
  });
});
