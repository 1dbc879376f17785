import { expect } from 'chai';
import { NO_TRAFFIC, type TrafficTotals } from '../../../../src/scaling/metrics/traffic-totals.ts';
import { TrafficWindow } from '../../../../src/scaling/metrics/traffic-window.ts';

function completed(count: number): TrafficTotals {
  return { ...NO_TRAFFIC, completed: count };
}

describe('TrafficWindow', () => {
  it('covers the time since the start while that is shorter than the window', () => {
    const window = new TrafficWindow(60_000, 0, NO_TRAFFIC);
    expect(window.since(60_000)).to.deep.equal({ windowMs: 0, traffic: NO_TRAFFIC });
    window.note(1_000, completed(10));
    window.note(2_000, completed(25));
    const { windowMs, traffic } = window.since(60_000);
    expect([windowMs, traffic.completed]).to.deep.equal([2_000, 25]);
  });

  it('covers the window, and at most 5 s more, once it has run for long enough', () => {
    const window = new TrafficWindow(60_000, 0, NO_TRAFFIC);
    // 10 requests a second
    for (let second = 1; second <= 203; second += 1) window.note(second * 1_000, completed(second * 10));
    const minute = window.since(60_000);
    expect([minute.windowMs, minute.traffic.completed]).to.deep.equal([63_000, 630]);
    const recent = window.since(10_000);
    expect([recent.windowMs, recent.traffic.completed]).to.deep.equal([13_000, 130]);
  });

  it('forgets what is older than its longest window', () => {
    const window = new TrafficWindow(60_000, 0, NO_TRAFFIC);
    for (let second = 1; second <= 600; second += 1) window.note(second * 1_000, completed(second));
    expect(window.since(3_600_000).windowMs).to.equal(60_000);
  });

  it('covers a gap in the notes', () => {
    const window = new TrafficWindow(60_000, 0, NO_TRAFFIC);
    window.note(5_000, completed(1));
    window.note(200_000, completed(4));
    const { windowMs, traffic } = window.since(60_000);
    expect([windowMs, traffic.completed]).to.deep.equal([195_000, 3]);
  });
});
