import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { AppTab } from '../helpers/app-tab.ts';
import { hasChromium, launchBrowser } from '../helpers/browser.ts';
import { Runtime, until } from '../helpers/runtime.ts';

const APP = fileURLToPath(new URL('../../src/app/server.js', import.meta.url));
/** What a browser says when a worker that served it is gone. */
const EXPECTED = /WebSocket connection to .* failed|ERR_CONNECTION_(RESET|CLOSED|REFUSED)|ERR_EMPTY_RESPONSE/;

/** Of a video's picture, 0 before there is one. Runs in the page. */
const width = (video: unknown): number => (video as { readonly videoWidth: number }).videoWidth;

describe('the app’s page in a browser (needs chromium)', function () {
  this.timeout(90_000);
  let runtime: Runtime;
  let browser: Browser;
  let anna: AppTab;
  let ben: AppTab;

  const stats = async (): Promise<Record<string, number>> =>
    (await (await fetch(`${runtime.url}/api/webrtc/stats`)).json()) as Record<string, number>;

  before(async function () {
    if (!hasChromium()) return this.skip();
    browser = await launchBrowser();
    runtime = await Runtime.start(APP, {
      args: ['-i', '2'],
      env: { AUTO_SCALING_ENABLED: 'false', MAX_SLOTS_PER_SERVER: '4' },
    });
  });
  after(async () => {
    await browser?.close();
    await runtime?.stop();
  });

  it('is reached from the first page, and refuses nobody who logs in for the first time', async () => {
    anna = await AppTab.logIn(browser, runtime.url, 'Anna');
    ben = await AppTab.logIn(browser, runtime.url, 'Ben');
    await ben.tab.page.goto(runtime.url);
    await ben.find('a[href="/app"]').click();
    await ben.connected();
    expect(await ben.find('#my-name').textContent()).to.equal('Ben');
    await ben.see('#find');
  });

  it('pairs two users on different workers', async () => {
    await until(
      'different workers',
      async () => {
        if ((await ben.workerPid()) !== (await anna.workerPid())) return true;
        await ben.reload();
        return false;
      },
      30_000,
    );
    await anna.find('#find').click();
    await anna.see('#chat[data-state=waiting]');
    await ben.find('#find').click();
    await Promise.all([anna.see('#chat[data-state=talking]'), ben.see('#chat[data-state=talking]')]);
    expect(await anna.find('#chat-state').textContent()).to.equal('Talking with Ben');
    expect(await ben.find('#chat-state').textContent()).to.equal('Talking with Anna');
    expect(await anna.workerPid()).not.to.equal(await ben.workerPid());
  });

  it('lists both, and who of them talks', async () => {
    await anna.see('#people li:has-text("Ben") .chip.good');
    await anna.see('#people li:has-text("Anna (you)") .chip.good');
  });

  it('carries messages both ways, and says which ones arrived', async () => {
    await anna.say('Hello Ben');
    await ben.see('#messages li.theirs');
    await ben.say('Hello Anna');
    await until('both delivered', async () => (await anna.delivered()) === 1 && (await ben.delivered()) === 1);
    expect(await anna.said()).to.deep.equal(['Hello Ben', 'Hello Anna']);
    expect(await ben.said()).to.deep.equal(['Hello Ben', 'Hello Anna']);
  });

  it('connects the two pages directly, with signals that the workers passed on', async () => {
    await Promise.all([anna.see('#direct[data-state=open]'), ben.see('#direct[data-state=open]')]);
    await until('a measured round trip', async () =>
      / \d+\.\d ms$/.test((await anna.find('#direct').textContent()) ?? ''),
    );
    // Each worker adds its counts once a second: the one that passed the answer on may be first.
    const { offers, answers } = await until('counted signals', async () => {
      const counted = await stats();
      return ['offers', 'answers', 'candidates'].every((kind) => Number(counted[kind]) > 0) && counted;
    });
    expect(answers).to.be.at.most(Number(offers));
  });

  it('carries a video call, and ends it', async () => {
    await anna.find('#video').click();
    await until('a picture', async () => (await ben.find('#their-video').evaluate(width)) > 0, 20_000);
    expect(await anna.find('#their-video').isVisible()).to.equal(false);
    await anna.find('#hang-up').click();
    await ben.find('#their-video').waitFor({ state: 'hidden' });
  });

  it('does a job, and shows it come to 100 %', async () => {
    await anna.find('#new-job [name=upTo]').fill('200000');
    await anna.find('#new-job button').click();
    await anna.see('#jobs li[data-state=completed]', 30_000);
    expect(await anna.find('#jobs progress').getAttribute('value')).to.equal('100');
    expect(await anna.find('#jobs .share').textContent()).to.equal('100 %');
    expect(await anna.find('#jobs .outcome').textContent()).to.contain('17,984 primes');
  });

  it('leases a slot, step by step, and shows what became of it', async () => {
    await anna.find('#new-lease button').click();
    await anna.find('#leases button:has-text("connect")').first().click();
    await anna.see('#leases .chip:has-text("connected")');
    await anna.find('#leases button:has-text("disconnect")').click();
    await anna.see('#leases .chip:text-is("disconnected")');
    await anna.see('#leases small:text-is("requested → granted → connected → disconnected")');
    expect(await anna.find('#lease-history .chip').allTextContents()).to.deep.equal([
      'disconnected',
      'connected',
      'granted',
    ]);
  });

  it('answers from its own cache until something is written', async () => {
    await anna.find('#reports button[type=submit]').click();
    await anna.see('#report-list .empty:has-text("No reports of this kind")');
    await anna.find('#reports button[type=submit]').click();
    await anna.see('#report-answer:has-text("the page’s own cache")');
    await anna.find('#add-report').click();
    await anna.see('#report-list li:has-text("Noted by Anna")');
    expect(await anna.find('#report-answer').textContent()).not.to.contain('the page’s own cache');
  });

  it('loses nothing when the worker of one is killed: the page comes back by itself, says so, and both go on', async () => {
    const pid = await ben.workerPid();
    await anna.say('before the crash');
    process.kill(pid, 'SIGKILL');
    await anna.say('during the crash');
    await ben.say('are you there?');
    await ben.see('#messages .note[data-kind=lost]');
    await ben.see('#messages .note[data-kind=again]');
    await anna.say('after the crash');
    await ben.say('back again');
    await until('all delivered', async () => (await anna.delivered()) === 4 && (await ben.delivered()) === 3, 30_000);

    expect(await ben.workerPid()).not.to.equal(pid);
    expect(await ben.notes()).to.include('Connection lost. Connecting again …');
    expect(await anna.notes()).to.deep.equal(['You are talking with Ben.']);
    const ofAnna = ['Hello Ben', 'before the crash', 'during the crash', 'after the crash'];
    const ofBen = ['Hello Anna', 'are you there?', 'back again'];
    for (const [user, said] of [
      ['Anna', await anna.said()],
      ['Ben', await ben.said()],
    ] as const) {
      expect(
        said.filter((text) => ofAnna.includes(text)),
        `Anna’s, as ${user} sees them`,
      ).to.deep.equal(ofAnna);
      expect(
        said.filter((text) => ofBen.includes(text)),
        `Ben’s, as ${user} sees them`,
      ).to.deep.equal(ofBen);
      expect(said).to.have.lengthOf(7);
    }
  });

  it('keeps the conversation when the page is loaded again', async () => {
    const before = await anna.said();
    await anna.reload();
    await anna.see('#chat[data-state=talking]');
    expect(await anna.said()).to.deep.equal(before);
    await anna.see('#direct[data-state=open]', 30_000);
  });

  it('fits a phone', async () => {
    await ben.tab.page.setViewportSize({ width: 390, height: 844 });
    expect(await ben.tab.page.evaluate('document.documentElement.scrollWidth')).to.equal(390);
    const tooWide = await ben
      .find('main *')
      .evaluateAll((elements) =>
        (elements as unknown as { getBoundingClientRect(): { right: number }; id: string; className: string }[])
          .filter((element) => element.getBoundingClientRect().right > 390)
          .map(({ id, className }) => `${id}.${className}`),
      );
    expect(tooWide).to.deep.equal([]);
  });

  it('tells the other when one leaves, and forgets the user who logs out', async () => {
    await anna.find('#leave').click();
    await ben.see('#chat[data-state=ended]');
    expect((await ben.notes()).at(-1)).to.equal('Anna left the conversation.');
    await ben.find('#logout').click();
    await ben.see('#login');
    expect(await ben.said()).to.deep.equal([]);
    await ben.tab.page.reload();
    await ben.see('#login');
  });

  it('complained of nothing but the connection that was cut', () => {
    for (const { tab } of [anna, ben]) {
      expect(tab.complaints.filter((complaint) => !EXPECTED.test(complaint))).to.deep.equal([]);
    }
  });
});
