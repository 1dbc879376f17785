import type { EventLoopUtilization } from 'node:perf_hooks';
import { expect } from 'chai';
import { EventLoopMeter } from '../../../../src/app/services/event-loop-meter.ts';

/** An event loop whose busy and idle time the test decides. */
class ScriptedLoop {
  #idle = 0;
  #active = 0;
  nowMs = 0;

  pass(ms: number, busyShare: number): void {
    this.nowMs += ms;
    this.#active += ms * busyShare;
    this.#idle += ms * (1 - busyShare);
  }

  readonly probe = (since?: EventLoopUtilization): EventLoopUtilization => {
    const idle = this.#idle - (since?.idle ?? 0);
    const active = this.#active - (since?.active ?? 0);
    return { idle, active, utilization: idle + active === 0 ? 0 : active / (idle + active) };
  };
}

describe('an event-loop meter', () => {
  it('measures since the start at first', () => {
    const loop = new ScriptedLoop();
    const meter = new EventLoopMeter(loop.probe, 5_000, loop.nowMs);
    loop.pass(2_000, 0.25);
    expect(meter.read(loop.nowMs)).to.deep.equal({ utilization: 0.25, overSeconds: 2 });
  });

  it('forgets what is older than the mark before last', () => {
    const loop = new ScriptedLoop();
    const meter = new EventLoopMeter(loop.probe, 5_000, loop.nowMs);
    loop.pass(5_000, 1);
    expect(meter.read(loop.nowMs)).to.deep.equal({ utilization: 1, overSeconds: 5 });
    loop.pass(5_000, 0);
    expect(meter.read(loop.nowMs)).to.deep.equal({ utilization: 0, overSeconds: 5 });
  });

  it('gives readers that ask in quick succession the same average, not the moment between them', () => {
    const loop = new ScriptedLoop();
    const meter = new EventLoopMeter(loop.probe, 5_000, loop.nowMs);
    loop.pass(4_000, 0.5);
    expect(meter.read(loop.nowMs).utilization).to.equal(0.5);
    expect(meter.read(loop.nowMs).utilization).to.equal(0.5);
    loop.pass(1, 1);
    expect(meter.read(loop.nowMs).utilization).to.equal(0.5001);
  });
});
