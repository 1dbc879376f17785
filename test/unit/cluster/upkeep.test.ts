import { expect } from 'chai';
import { inspect, type UpkeepLimits, type UpkeepSubject } from '../../../src/cluster/upkeep.ts';

const NOW_MS = 100_000;
const LIMITS: UpkeepLimits = {
  listenTimeoutMs: 10_000,
  hungTimeoutMs: 30_000,
  maxMemoryRestartBytes: 300,
  mustBecomeReady: true,
};

/** A ready worker that was heard of a moment ago and is small. */
function subject(given: Partial<UpkeepSubject> = {}): UpkeepSubject {
  return { id: 1, phase: 'ready', startedAtMs: 0, lastHeardAtMs: NOW_MS - 1_000, rssBytes: 100, ...given };
}

describe('upkeep', () => {
  it('finds nothing to do about workers that are well', () => {
    const starting = subject({ id: 2, phase: 'starting', startedAtMs: NOW_MS - 9_999 });
    const unmeasured = subject({ id: 3, rssBytes: null });
    expect(inspect([subject(), starting, unmeasured], LIMITS, NOW_MS)).to.deep.equal([]);
    expect(inspect([], LIMITS, NOW_MS)).to.deep.equal([]);
  });

  it('has a ready worker killed that was silent for the hung timeout', () => {
    expect(inspect([subject({ lastHeardAtMs: NOW_MS - 30_000 })], LIMITS, NOW_MS)).to.deep.equal([
      { id: 1, action: 'kill', reason: 'hung' },
    ]);
    expect(inspect([subject({ lastHeardAtMs: NOW_MS - 29_999 })], LIMITS, NOW_MS)).to.deep.equal([]);
  });

  it('has a worker killed that must become ready and is not in time', () => {
    const late = subject({ phase: 'starting', startedAtMs: NOW_MS - 10_000 });
    expect(inspect([late], LIMITS, NOW_MS)).to.deep.equal([{ id: 1, action: 'kill', reason: 'start-timeout' }]);
  });

  it('declares ready a script that runs and need not listen', () => {
    const late = subject({ phase: 'starting', startedAtMs: NOW_MS - 10_000 });
    expect(inspect([late], { ...LIMITS, mustBecomeReady: false }, NOW_MS)).to.deep.equal([
      { id: 1, action: 'declare-ready' },
    ]);
  });

  it('leaves a starting worker its start timeout however silent it is', () => {
    const loading = subject({ phase: 'starting', startedAtMs: NOW_MS - 9_000, lastHeardAtMs: NOW_MS - 90_000 });
    expect(inspect([loading], LIMITS, NOW_MS)).to.deep.equal([]);
  });

  it('leaves alone those that are leaving: their drain has a deadline of its own', () => {
    const silent = { lastHeardAtMs: 0, startedAtMs: 0, rssBytes: 10_000 };
    const leaving = (['draining', 'stopping', 'stopped'] as const).map((phase) => subject({ phase, ...silent }));
    expect(inspect(leaving, LIMITS, NOW_MS)).to.deep.equal([]);
  });

  it('has a worker replaced that is above its memory limit, not one at it', () => {
    expect(inspect([subject({ rssBytes: 301 })], LIMITS, NOW_MS)).to.deep.equal([
      { id: 1, action: 'replace', reason: 'memory-limit' },
    ]);
    expect(inspect([subject({ rssBytes: 300 })], LIMITS, NOW_MS)).to.deep.equal([]);
  });

  it('knows no memory limit of 0', () => {
    expect(inspect([subject({ rssBytes: 1e12 })], { ...LIMITS, maxMemoryRestartBytes: 0 }, NOW_MS)).to.deep.equal([]);
  });

  it('has only the largest of several replaced, so that they go one after the other', () => {
    const sizes = [400, 900, 500];
    const workers = sizes.map((rssBytes, index) => subject({ id: index + 1, rssBytes }));
    expect(inspect(workers, LIMITS, NOW_MS)).to.deep.equal([{ id: 2, action: 'replace', reason: 'memory-limit' }]);
  });

  it('does not wait for the replacement of a hung worker that is too large as well', () => {
    const hung = subject({ rssBytes: 900, lastHeardAtMs: 0 });
    expect(inspect([hung], LIMITS, NOW_MS)).to.deep.equal([{ id: 1, action: 'kill', reason: 'hung' }]);
  });

  it('finds something for each of several workers', () => {
    const workers = [
      subject({ id: 1, lastHeardAtMs: 0 }),
      subject({ id: 2, phase: 'starting', startedAtMs: 0 }),
      subject({ id: 3, rssBytes: 301 }),
    ];
    expect(inspect(workers, LIMITS, NOW_MS)).to.deep.equal([
      { id: 1, action: 'kill', reason: 'hung' },
      { id: 2, action: 'kill', reason: 'start-timeout' },
      { id: 3, action: 'replace', reason: 'memory-limit' },
    ]);
  });
});
