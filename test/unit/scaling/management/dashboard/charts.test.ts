import { expect } from 'chai';
import { areaPath, linePath, xOf } from '../../../../../src/scaling/management/dashboard/browser/chart-path.ts';
import { niceTop, timeTicks, wholeTop } from '../../../../../src/scaling/management/dashboard/browser/chart-scale.ts';
import {
  recordedPath,
  recordedPoints,
  withRecorded,
} from '../../../../../src/scaling/management/dashboard/browser/recorded.ts';
import {
  highest,
  type Point,
  pointsSince,
  withPoint,
} from '../../../../../src/scaling/management/dashboard/browser/series.ts';
import { sparkPath, withSpark } from '../../../../../src/scaling/management/dashboard/browser/sparkline.ts';

function pointAt(atMs: number, rate: number | null): Point {
  return { atMs, rate, errors: 0, p50: null, p95: null, p99: null, desired: 2, ready: 2 };
}

const FRAME = { fromMs: 0, toMs: 100_000, width: 100, height: 50, top: 10 };

describe('the dashboard’s charts', () => {
  it('draw a line through the values, with a gap where one is missing', () => {
    const points = [pointAt(0, 0), pointAt(2_000, 5), pointAt(4_000, null), pointAt(6_000, 10), pointAt(8_000, 10)];
    expect(linePath(points, 'rate', FRAME)).to.equal('M0 50L2 25M6 0L8 0');
    expect(areaPath(points, 'rate', FRAME)).to.equal('M0 50L2 25L2 50L0 50ZM6 0L8 0L8 50L6 50Z');
  });

  it('leave a gap where no point came for longer than usual', () => {
    const points = [0, 2_000, 4_000, 60_000, 62_000].map((atMs) => pointAt(atMs, 10));
    expect(linePath(points, 'rate', FRAME)).to.equal('M0 0L2 0L4 0M60 0L62 0');
  });

  it('draw counts as steps, the latest to the edge and an old one no further', () => {
    const now = [pointAt(96_000, 4), pointAt(98_000, 5)];
    expect(linePath(now, 'rate', FRAME, true)).to.equal('M96 30H98V25H100');
    expect(linePath([pointAt(50_000, 4), pointAt(52_000, 5)], 'rate', FRAME, true)).to.equal('M50 30H52V25H52');
  });

  it('show the highest of the values that fall on one pixel', () => {
    const points = [0, 1_000, 1_200, 1_400, 3_000].map((atMs, index) =>
      pointAt(atMs, [1, 2, 10, 3, 1][index] as number),
    );
    expect(linePath(points, 'rate', FRAME)).to.equal('M0 45L1 0L3 45');
  });

  it('put a moment where it belongs', () => {
    expect([0, 50_000, 100_000].map((atMs) => xOf(FRAME, atMs))).to.deep.equal([0, 50, 100]);
  });

  it('end at round figures', () => {
    expect([0, 0.3, 1, 1.2, 2.4, 7, 99, 101].map((value) => niceTop(value, 1))).to.deep.equal([
      1, 1, 1, 2, 2.5, 10, 100, 200,
    ]);
    expect([0, 1, 2, 4, 9, 10].map(wholeTop)).to.deep.equal([2, 2, 4, 6, 12, 12]);
  });

  it('name round times, no more than fit', () => {
    expect(timeTicks(61_000, 361_000, 6)).to.deep.equal([120_000, 180_000, 240_000, 300_000, 360_000]);
    expect(timeTicks(0, 86_400_000, 6)).to.deep.equal([0, 1, 2, 3, 4, 5, 6].map((step) => step * 14_400_000));
  });

  it('keep every second of fifteen minutes, every tenth of a day, and nothing older', () => {
    let points: readonly Point[] = [];
    for (let second = 0; second <= 2_000; second += 1) points = withPoint(points, pointAt(second * 1_000, second));
    expect(points.filter(({ atMs }) => atMs > 1_100_000)).to.have.lengthOf(900);
    const old = points.filter(({ atMs }) => atMs < 1_090_000).map(({ atMs }) => atMs / 1_000);
    expect(old.slice(0, 4)).to.deep.equal([0, 10, 20, 30]);
    expect(withPoint([pointAt(0, 1)], pointAt(86_400_001, 1))).to.have.lengthOf(1);
  });

  it('replace a point by another of the same moment', () => {
    expect(withPoint([pointAt(1_000, 1)], pointAt(1_200, 2))).to.deep.equal([pointAt(1_200, 2)]);
  });

  it('let a line enter from the edge, and know the highest value that is shown', () => {
    const points = [1, 2, 3, 4].map((second) => pointAt(second * 1_000, second));
    expect(pointsSince(points, 2_500).map(({ rate }) => rate)).to.deep.equal([2, 3, 4]);
    expect(pointsSince(points, 9_000).map(({ rate }) => rate)).to.deep.equal([4]);
    expect(highest(points, ['rate', 'errors'])).to.equal(4);
    expect(highest([pointAt(0, null)], ['rate'])).to.equal(0);
  });

  it('fill the time that the page has not seen with what was recorded', () => {
    expect(recordedPath(300_000)).to.match(/^metrics\/history\?from=-300s&series=requestsPerSecond,.*ready$/);
    const body = {
      fromMs: 10_000,
      stepMs: 1_000,
      series: { requestsPerSecond: [5, 6, null], desired: [1, 2, null], ready: [1, 1] },
    };
    const recorded = recordedPoints(body);
    expect(recorded.map(({ atMs, rate, desired, p95 }) => [atMs, rate, desired, p95])).to.deep.equal([
      [10_000, 5, 1, null],
      [11_000, 6, 2, null],
    ]);
    const merged = withRecorded([pointAt(11_300, 60), pointAt(12_300, 70)], recorded, 1_000);
    expect(merged.map(({ atMs, rate }) => [atMs, rate])).to.deep.equal([
      [10_000, 5],
      [11_300, 60],
      [12_300, 70],
    ]);
    expect(recordedPoints({})).to.deep.equal([]);
  });

  it('keep the last minute of a worker against the right edge', () => {
    expect(sparkPath([0, 1, 2], 1)).to.equal('M57 17L58 9L59 1');
    expect(sparkPath([0.5], 1)).to.equal('M59 9');
    expect(sparkPath([], 1)).to.equal('');
    const full = Array.from({ length: 70 }, (_, index) => index).reduce<readonly number[]>(withSpark, []);
    expect([full.length, full[0], full.at(-1)]).to.deep.equal([60, 10, 69]);
  });
});
