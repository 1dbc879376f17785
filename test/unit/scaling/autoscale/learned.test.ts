import { expect } from 'chai';
import { learn, NOTHING_LEARNED } from '../../../../src/scaling/autoscale/learned.ts';
import { memoryBudget } from '../../../../src/scaling/autoscale/memory-budget.ts';
import { NO_STRETCH, nextStretch, stretchedMs } from '../../../../src/scaling/autoscale/stabilization-window.ts';
import { observation, START_MS, starting, worker } from './fixtures/observations.ts';

const started = (id: number, startedAtMs: number, tookMs: number) =>
  worker(id, {}, { startedAtMs, readyAtMs: startedAtMs + tookMs });

describe('what is learned of a worker', () => {
  it('is how long it takes to start: the mean, of which the newest is three tenths', () => {
    const first = learn(NOTHING_LEARNED, observation({ workers: [started(1, START_MS, 800), starting(2)] }), 0);
    expect(first.startMs).to.equal(800);
    const workers = [started(1, START_MS, 800), started(2, START_MS + 5_000, 1_800)];
    const second = learn(first, observation({ workers }), 1_000);
    expect(second.startMs).to.equal(1_100); // 800 + 0.3 · 1,000
    expect(learn(second, observation({ workers }), 1_000).startMs).to.equal(1_100); // each start once
  });

  it('is nothing where nobody noted when it was started', () => {
    expect(learn(NOTHING_LEARNED, observation(), 0).startMs).to.equal(null);
  });

  it('is the size it grows to, half of the surplus forgotten in ten minutes', () => {
    const of = (rssBytes: number) => observation({ workers: [worker(1, { rssBytes })] });
    const grown = learn(NOTHING_LEARNED, of(300_000_000), 0);
    expect(grown.workerBytes).to.equal(300_000_000);
    expect(learn(grown, of(100_000_000), 600_000).workerBytes).to.equal(200_000_000);
    expect(learn(grown, of(400_000_000), 600_000).workerBytes).to.equal(400_000_000);
    // And so a budget is made for workers as they will be: (8 GB − 1.6 GB) / 300 MB = 21.
    expect(memoryBudget(of(100_000_000), 0.1, grown.workerBytes)).to.include({
      maxWorkers: 22,
      workerBytes: 300_000_000,
    });
  });
});

describe('the stabilization window', () => {
  const WINDOW_MS = 100_000;

  it('is a quarter longer for each scale-up within the window after a scale-down, four times at most', () => {
    let stretch = NO_STRETCH;
    let atMs = START_MS;
    const lengths: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      stretch = nextStretch(stretch, 'down', WINDOW_MS, atMs);
      stretch = nextStretch(stretch, 'up', WINDOW_MS, atMs);
      lengths.push(stretchedMs(stretch, WINDOW_MS));
      atMs += 1;
    }
    expect(lengths.slice(0, 3)).to.deep.equal([125_000, 156_250, 195_312]);
    expect(lengths.at(-1)).to.equal(400_000);
  });

  it('stays as it is when load comes back later', () => {
    const down = nextStretch(NO_STRETCH, 'down', WINDOW_MS, START_MS);
    expect(nextStretch(down, 'up', WINDOW_MS, START_MS + WINDOW_MS + 1).factor).to.equal(1);
  });

  it('is what it was again with time: half of the surplus goes in ten windows', () => {
    const twice = { factor: 2, atMs: START_MS, downAtMs: null };
    expect(nextStretch(twice, null, WINDOW_MS, START_MS + 10 * WINDOW_MS).factor).to.equal(1.5);
    expect(nextStretch(twice, null, WINDOW_MS, START_MS + 100 * WINDOW_MS).factor).to.equal(1);
  });
});
