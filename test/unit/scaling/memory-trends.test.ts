import { expect } from 'chai';
import { MemoryTrends } from '../../../src/scaling/memory-trends.ts';

const MB = 1_000_000;

function watched(limitBytes: number, rssAt: (look: number) => number, looks: number): MemoryTrends {
  const trends = new MemoryTrends(limitBytes);
  for (let look = 0; look < looks; look += 1) trends.observe([{ id: 1, rssBytes: rssAt(look) }], look * 10_000);
  return trends;
}

describe('the trend of a worker’s memory', () => {
  it('is its growth an hour, and the time to its limit', () => {
    // 1 MB each 10 s: 360 MB an hour; 100 MB are left after the twentieth look.
    const trends = watched(219 * MB, (look) => (100 + look) * MB, 20);
    expect(trends.trends()).to.deep.equal([
      { id: 1, rssBytes: 119 * MB, bytesPerHour: 360 * MB, limitInMs: 1_000_000 },
    ]);
  });

  it('is not judged before two minutes', () => {
    expect(watched(0, (look) => look * MB, 11).trends()[0]).to.include({ bytesPerHour: null, limitInMs: null });
    expect(watched(0, (look) => look * MB, 12).trends()[0]).to.include({ bytesPerHour: 360 * MB, limitInMs: null });
  });

  it('is none for memory that goes up and down, and no time to a limit for one that shrinks', () => {
    const saw = watched(200 * MB, (look) => (100 + (look % 5) * 8) * MB, 60).trends()[0];
    expect(saw).to.include({ bytesPerHour: null, limitInMs: null });
    const shrinking = watched(200 * MB, (look) => (100 - look) * MB, 20).trends()[0];
    expect(shrinking).to.include({ bytesPerHour: -360 * MB, limitInMs: null });
    expect(watched(200 * MB, () => 100 * MB, 20).trends()[0]).to.include({ bytesPerHour: 0, limitInMs: null });
  });

  it('looks each ten seconds however often it is told, and remembers half an hour', () => {
    const trends = new MemoryTrends(0);
    for (let second = 0; second < 100; second += 1) trends.observe([{ id: 1, rssBytes: second * MB }], second * 1_000);
    expect(trends.trends()[0]).to.include({ rssBytes: 90 * MB, bytesPerHour: null });
    // A flat hour after an hour of growth: the growth is forgotten.
    const settled = watched(0, (look) => Math.min(look, 360) * MB, 720).trends()[0];
    expect(settled).to.include({ bytesPerHour: 0 });
  });

  it('forgets workers that are gone', () => {
    const trends = watched(0, () => MB, 12);
    trends.observe([{ id: 2, rssBytes: MB }], 1_000_000);
    expect(trends.trends().map(({ id }) => id)).to.deep.equal([2]);
  });

  it('begins anew when the clock went back', () => {
    const trends = new MemoryTrends(0);
    trends.observe([{ id: 1, rssBytes: 5 }], 3_600_000);
    trends.observe([{ id: 1, rssBytes: 6 }], 1_000);
    expect(trends.trends()[0]?.rssBytes).to.equal(6);
  });
});
