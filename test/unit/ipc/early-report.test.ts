import { expect } from 'chai';
import { isEarlyReportDue, isEarlyRoundDue, type LoopWatch, looked, NEW_WATCH } from '../../../src/ipc/early-report.ts';

/** Looks every 100 ms from 1,000 ms on; returns when reports were due. */
function reportsOf(elus: readonly number[]): readonly number[] {
  const due: number[] = [];
  let watch: LoopWatch = NEW_WATCH;
  for (const [index, elu] of elus.entries()) {
    const nowMs = 1_100 + 100 * index;
    watch = looked(watch, elu, nowMs - 100);
    if (!isEarlyReportDue(watch, nowMs)) continue;
    due.push(nowMs);
    watch = { ...watch, toldAtMs: nowMs };
  }
  return due;
}

describe('a report before its time', () => {
  it('is due when the loop has had no time left for a quarter of a second, and a few times more', () => {
    expect(reportsOf(new Array<number>(30).fill(1))).to.deep.equal([1_300, 1_600, 1_900, 2_200]);
  });

  it('is not due for a loop that has time in between', () => {
    expect(reportsOf([1, 1, 0.9, 1, 1, 0.5, 1, 0.94])).to.deep.equal([]);
  });

  it('is worth a round when most of the workers are saturated, and not more often than such reports come', () => {
    expect(isEarlyRoundDue([1], 250)).to.equal(true);
    expect(isEarlyRoundDue([1, 0.5], 250)).to.equal(false);
    expect(isEarlyRoundDue([1, 0.97, 0.5], 250)).to.equal(true);
    expect(isEarlyRoundDue([1], 249)).to.equal(false);
  });
});
