import { expect } from 'chai';
import {
  type CrashLoop,
  crashLoopStatus,
  isFrozen,
  noCrashLoop,
  withFailedStart,
  withHealthyCount,
} from '../../../src/cluster/crash-loop.ts';

/** The guard after starts failed at these times. */
function failed(...times: readonly number[]): CrashLoop {
  return times.reduce((loop, atMs) => withFailedStart(loop, `exit code 1 at ${atMs}`, atMs), noCrashLoop);
}

describe('crash-loop guard', () => {
  it('freezes at the third failed start within a minute', () => {
    expect(isFrozen(failed(0, 1_000), 1_000)).to.equal(false);
    expect(isFrozen(failed(0, 1_000, 59_999), 59_999)).to.equal(true);
  });

  it('does not freeze at three failed starts that a minute or more lies between', () => {
    expect(isFrozen(failed(0, 30_000, 60_000), 60_000)).to.equal(false);
  });

  it('thaws by itself when the failed starts are a minute old', () => {
    const loop = failed(0, 1_000, 2_000);
    expect(isFrozen(loop, 59_999)).to.equal(true);
    expect(isFrozen(loop, 60_000)).to.equal(false);
  });

  it('says how many starts failed lately, and how the last one did', () => {
    expect(crashLoopStatus(failed(0, 50_000, 60_000, 61_000), 61_000)).to.deep.equal({
      frozen: true,
      failedStarts: 3,
      lastHealthyCount: 0,
      lastFailure: 'exit code 1 at 61000',
    });
    expect(crashLoopStatus(noCrashLoop, 5)).to.deep.equal({
      frozen: false,
      failedStarts: 0,
      lastHealthyCount: 0,
      lastFailure: null,
    });
  });

  it('remembers how many workers were healthy before it froze', () => {
    const healthy = withHealthyCount(noCrashLoop, 4, 0);
    const frozen = [1_000, 2_000, 3_000].reduce((loop, atMs) => withFailedStart(loop, 'exit code 1', atMs), healthy);
    const later = withHealthyCount(frozen, 1, 4_000);
    expect(crashLoopStatus(later, 4_000).lastHealthyCount).to.equal(4);
  });

  it('takes the number of healthy workers up again when it has thawed', () => {
    const frozen = withHealthyCount(failed(0, 1_000, 2_000), 2, 3_000);
    expect(frozen.lastHealthyCount).to.equal(0);
    expect(withHealthyCount(frozen, 2, 62_000).lastHealthyCount).to.equal(2);
  });

  it('is the same object while nothing changes', () => {
    const loop = withHealthyCount(noCrashLoop, 2, 0);
    expect(withHealthyCount(loop, 2, 1_000)).to.equal(loop);
  });

  it('does not grow with the failures of days', () => {
    const times = Array.from({ length: 5_000 }, (_, index) => index * 15_000);
    expect(failed(...times).failedAtMs).to.have.length(4);
  });
});
