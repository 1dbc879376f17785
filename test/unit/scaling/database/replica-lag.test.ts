import { expect } from 'chai';
import { isReadable, judgeReplica, lagMs, withPosition } from '../../../../src/scaling/database/replica-lag.ts';

const notes = [
  { atMs: 1_000, position: 100 },
  { atMs: 2_000, position: 200 },
  { atMs: 3_000, position: 300 },
];

describe('the lag of a replica', () => {
  it('is nothing when it has replayed all that was noted', () => {
    expect(lagMs(notes, 300)).to.equal(0);
    expect(lagMs(notes, 450)).to.equal(0);
  });

  it('is the time from the newest note it has reached to the last one', () => {
    expect(lagMs(notes, 299)).to.equal(1_000);
    expect(lagMs(notes, 200)).to.equal(1_000);
    expect(lagMs(notes, 199)).to.equal(2_000);
    expect(lagMs(notes, 100)).to.equal(2_000);
  });

  it('has no bound when it is behind all notes, and is not known without any', () => {
    expect(lagMs(notes, 99)).to.equal(Number.POSITIVE_INFINITY);
    expect(lagMs([], 99)).to.equal(null);
  });

  it('does not grow while the primary is idle', () => {
    const idle = Array.from({ length: 10 }, (_, second) => ({ atMs: second * 1_000, position: 100 }));
    expect(lagMs(idle, 100)).to.equal(0);
  });

  it('grows while the primary goes on and the replica does not', () => {
    let seen = withPosition([], { atMs: 0, position: 100 });
    const lags: (number | null)[] = [];
    for (let second = 1; second <= 3; second += 1) {
      seen = withPosition(seen, { atMs: second * 1_000, position: 100 + second });
      lags.push(lagMs(seen, 100));
    }
    expect(lags).to.deep.equal([1_000, 2_000, 3_000]);
  });
});

describe('notes of the primary’s position', () => {
  it('are kept for the last 60 checks', () => {
    let seen = withPosition([], { atMs: 0, position: 0 });
    for (let check = 1; check <= 100; check += 1) seen = withPosition(seen, { atMs: check, position: check });
    expect(seen).to.have.length(60);
    expect(seen[0]).to.deep.equal({ atMs: 41, position: 41 });
    expect(seen.at(-1)).to.deep.equal({ atMs: 100, position: 100 });
  });

  it('begin anew when the position falls, since that is another server', () => {
    expect(withPosition(notes, { atMs: 4_000, position: 50 })).to.deep.equal([{ atMs: 4_000, position: 50 }]);
  });
});

describe('a replica', () => {
  it('is fresh up to the limit and lagging beyond, and unknown when its lag is', () => {
    expect(judgeReplica(500, 500, 7)).to.deep.equal({ state: 'fresh', lagMs: 500, checkedAtMs: 7 });
    expect(judgeReplica(501, 500, 7)).to.deep.equal({ state: 'lagging', lagMs: 501, checkedAtMs: 7 });
    expect(judgeReplica(null, 500, 7)).to.deep.equal({ state: 'unknown' });
  });

  it('is read from while it is fresh by a check that can be believed', () => {
    const fresh = judgeReplica(0, 500, 1_000);
    expect(isReadable(fresh, 4_000, 3_000)).to.equal(true);
    expect(isReadable(fresh, 4_001, 3_000)).to.equal(false);
    expect(isReadable(judgeReplica(501, 500, 1_000), 1_000, 3_000)).to.equal(false);
    expect(isReadable({ state: 'unknown' }, 1_000, 3_000)).to.equal(false);
    expect(isReadable({ state: 'down', reason: 'refused', checkedAtMs: 1_000 }, 1_000, 3_000)).to.equal(false);
  });
});
