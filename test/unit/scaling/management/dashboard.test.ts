import { createHash } from 'node:crypto';
import { Script } from 'node:vm';
import { expect } from 'chai';
import { LATENCY_BOUNDS_MS, LATENCY_BUCKET_COUNT } from '../../../../src/ipc/latency-buckets.ts';
import { model } from '../../../../src/scaling/management/dashboard/model.ts';
import { contentSecurityPolicy, page } from '../../../../src/scaling/management/dashboard/page.ts';
import { MemoryServices, STARTED_AT_MS, testSample, testWorker } from '../../../helpers/management-services.ts';

const EXPORTS =
  'newModel, observe, percentile, chartPath, chartSpanMs, areaPath, newsOf, nextEvent, showCount, showMs, showBytes, showSpan';

// biome-ignore lint/suspicious/noExplicitAny: the functions are plain browser JavaScript
const browser: any = new Script(
  `(() => { const LATENCY_BOUNDS_MS = ${JSON.stringify(LATENCY_BOUNDS_MS)}; ${model}; return { ${EXPORTS} }; })()`,
).runInThisContext();

function statusAt(elapsedMs: number, requests: readonly number[]) {
  const { state } = new MemoryServices();
  const workers = requests.map((count, slot) => ({
    ...testWorker(slot, count),
    sample: testSample(count),
    sampleAtMs: STARTED_AT_MS + elapsedMs,
  }));
  return { ...state, ready: workers.length, workers };
}

describe('the dashboard’s arithmetic', () => {
  it('knows no rate and no percentile from a single sample', () => {
    const figures = browser.observe(browser.newModel(), statusAt(0, [100, 100]), STARTED_AT_MS);
    expect(figures).to.include({ rate: null, p50: null, p95: null, p99: null, errorRatio: null });
  });

  it('adds the rates of the workers up, each over the time between its own samples', () => {
    const state = browser.newModel();
    browser.observe(state, statusAt(0, [100, 100]), STARTED_AT_MS);
    const figures = browser.observe(state, statusAt(2_000, [300, 200]), STARTED_AT_MS + 2_000);
    expect([...figures.rates]).to.deep.equal([
      [1, 100],
      [2, 50],
    ]);
    expect(figures.rate).to.equal(150);
    expect(figures.errorRatio).to.equal(0);
  });

  it('keeps the last rate when a status brings no new sample', () => {
    const state = browser.newModel();
    browser.observe(state, statusAt(0, [0]), STARTED_AT_MS);
    browser.observe(state, statusAt(1_000, [50]), STARTED_AT_MS + 1_000);
    expect(browser.observe(state, statusAt(1_000, [50]), STARTED_AT_MS + 1_500).rate).to.equal(50);
    expect(browser.observe(state, statusAt(2_000, [80]), STARTED_AT_MS + 2_000).rate).to.equal(30);
  });

  it('does not count the past of a worker that it sees for the first time', () => {
    const state = browser.newModel();
    browser.observe(state, statusAt(0, [0]), STARTED_AT_MS);
    expect(browser.observe(state, statusAt(1_000, [10, 5_000]), STARTED_AT_MS + 1_000).rate).to.equal(10);
  });

  it('interpolates percentiles within the bucket they fall into', () => {
    const state = browser.newModel();
    browser.observe(state, statusAt(0, [0]), STARTED_AT_MS);
    const { p50, p95, p99 } = browser.observe(state, statusAt(1_000, [100]), STARTED_AT_MS + 1_000);
    // All hundred are in the bucket from 3.15 to 4 ms.
    expect(p50).to.be.closeTo(3.575, 1e-9);
    expect(p95).to.be.closeTo(3.9575, 1e-9);
    expect(p99).to.be.closeTo(3.9915, 1e-9);
  });

  it('reads what is above the last bound as that bound', () => {
    const counts = new Array(LATENCY_BUCKET_COUNT).fill(0);
    counts[LATENCY_BUCKET_COUNT - 1] = 3;
    expect(browser.percentile(counts, 0.5)).to.equal(100_000);
  });

  it('forgets the history after five minutes', () => {
    const state = browser.newModel();
    for (let second = 0; second <= 400; second += 100) {
      browser.observe(state, statusAt(second * 1_000, [second]), STARTED_AT_MS + second * 1_000);
    }
    const seconds = state.history.map(({ atMs }: { atMs: number }) => (atMs - STARTED_AT_MS) / 1_000);
    expect(seconds).to.deep.equal([100, 200, 300, 400]);
  });

  it('draws a line with a gap where a value is missing, and steps that reach to now', () => {
    const history = [
      { atMs: 0, v: 1 },
      { atMs: 100_000, v: null },
      { atMs: 200_000, v: 2 },
      { atMs: 250_000, v: 0 },
    ];
    expect(browser.chartPath(history, 'v', 2, 300_000, 300_000, false)).to.equal('M0 32M200 4L250 60');
    expect(browser.chartPath(history.slice(2), 'v', 2, 300_000, 300_000, true)).to.equal('M200 4H250V60H300');
    expect(browser.areaPath(history.slice(2), 'v', 2, 300_000, 300_000, false)).to.equal(
      'M200 4L250 60L250 60L200 60Z',
    );
    expect(browser.areaPath([], 'v', 2, 300_000, 300_000, false)).to.equal('');
  });

  it('draws as far back as the page has watched, at least a minute', () => {
    const spanSince = (...times: number[]): number =>
      browser.chartSpanMs(
        times.map((atMs) => ({ atMs })),
        300_000,
      );
    expect([spanSince(), spanSince(299_000), spanSince(180_000, 299_000), spanSince(0)]).to.deep.equal([
      60_000, 60_000, 120_000, 300_000,
    ]);
  });

  it('tells of decisions that changed something, and once of each reason to hold', () => {
    const hold = (id: number, reason: string) => ({ id, action: 'hold', reason });
    const up = { id: 4, action: 'scale-up', reason: 'rule' };
    const decisions = [
      hold(5, 'rule'),
      up,
      hold(3, 'steady'),
      hold(2, 'steady'),
      hold(1, 'steady'),
      hold(6, 'cooldown'),
    ];
    expect(browser.newsOf(decisions).map(({ id }: { id: number }) => id)).to.deep.equal([6, 4, 1]);
  });

  it('cuts one event after the other out of a stream, and waits for the rest', () => {
    expect(browser.nextEvent('event: sample\ndata: {"a":1}\n\n: alive\n\nevent: x')).to.deep.equal([
      'sample',
      '{"a":1}',
      ': alive\n\nevent: x',
    ]);
    expect(browser.nextEvent(': alive\n\nevent: x')).to.deep.equal(['', '', 'event: x']);
    expect(browser.nextEvent('event: x\ndata: {}\n')).to.equal(null);
  });

  it('shows figures as people read them', () => {
    expect([0, 3, 12.34, 999.6, 12_345.6, null].map(browser.showCount)).to.deep.equal([
      '0',
      '3',
      '12.3',
      '1,000',
      '12,346',
      '–',
    ]);
    expect([0.12, 9.96, 42.4, 1_234, 25_000, null].map(browser.showMs)).to.deep.equal([
      '0.1',
      '10.0',
      '42',
      '1.2 s',
      '25 s',
      '–',
    ]);
    expect([52_000_000, 2_100_000_000].map(browser.showBytes)).to.deep.equal(['52 MB', '2.10 GB']);
    expect([59_999, 3_599_999, 7_260_000, 90_000_000].map(browser.showSpan)).to.deep.equal([
      '59 s',
      '59 min',
      '2 h 1 min',
      '1 d 1 h',
    ]);
  });
});

describe('the dashboard’s page', () => {
  const inside = (tag: string): string => new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? '';

  it('has a script that parses', () => {
    expect(() => new Script(inside('script'))).to.not.throw();
  });

  it('is allowed to run its own script and style, and nothing else', () => {
    for (const tag of ['script', 'style']) {
      const digest = createHash('sha256').update(inside(tag)).digest('base64');
      expect(contentSecurityPolicy).to.include(`${tag}-src 'sha256-${digest}'`);
    }
    expect(contentSecurityPolicy)
      .to.match(/^default-src 'none'; /)
      .and.not.include('unsafe');
  });

  it('loads nothing from elsewhere and has no inline handlers or styles, which the policy would stop', () => {
    expect(page).to.not.match(/\s(src|srcset)=/);
    expect(page).to.not.match(/<[^>]+\s(on[a-z]+|style)=/);
    expect(page).to.not.match(/(href|action)="https?:/);
    expect(inside('style')).to.not.match(/url\(|@import/);
  });

  it('never makes markup of text', () => {
    expect(inside('script')).to.not.match(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/);
  });

  it('has every element that its script asks for, each id once', () => {
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const asked = [...inside('script').matchAll(/(?:\$|setText|setPill|drawChart|drawHead|drawRows)\('([a-z-]+)'/g)];
    expect(asked.length).to.be.greaterThan(30);
    for (const [, id] of asked) expect(ids).to.include(id);
  });

  it('labels every field for those who cannot see it', () => {
    for (const [field] of page.matchAll(/<(?:input|select)[^>]*>/g)) {
      expect(page.slice(0, page.indexOf(field))).to.match(/<label[^>]*>[^<]+$/);
    }
  });
});
