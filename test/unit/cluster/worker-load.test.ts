import { expect } from 'chai';
import { WorkerLoad } from '../../../src/cluster/worker-load.ts';
import type { LoadReport } from '../../../src/ipc/protocol.ts';
import { sample, served, totals } from '../scaling/fixtures/cluster-fixtures.ts';

function report(given: Partial<LoadReport> = {}): LoadReport {
  return { accepted: 0, closed: 0, completed: 0, inFlight: 0, connections: 0, movable: 0, elu: 0, ...given };
}

describe('WorkerLoad', () => {
  let load: WorkerLoad;
  beforeEach(() => {
    load = new WorkerLoad(7, 2, 3);
  });

  it('begins idle and not available', () => {
    const { id, slot, weight, active, available, claims, latencyMs } = load;
    expect({ id, slot, weight, active, available, claims, latencyMs }).to.deep.equal({
      id: 7,
      slot: 2,
      weight: 3,
      active: 0,
      available: false,
      claims: 0,
      latencyMs: 0,
    });
  });

  it('takes the latest report over, and counts the connections still on their way', () => {
    load.active = 99;
    load.report(report({ connections: 10, movable: 8, inFlight: 4, elu: 0.7 }), 3);
    const { active, movable, inFlight, elu } = load;
    expect({ active, movable, inFlight, elu }).to.deep.equal({ active: 13, movable: 8, inFlight: 4, elu: 0.7 });
  });

  it('adds up what was accepted in several reports, and gives it out once', () => {
    load.report(report({ accepted: 5 }), 0);
    load.report(report({ accepted: 7 }), 0);
    expect(load.closeWindow(100)).to.equal(12);
    expect(load.closeWindow(100)).to.equal(0);
  });

  it('smooths the request rate: each window weighs 0.3', () => {
    load.report(report({ completed: 20 }), 0);
    load.closeWindow(100);
    expect(load.requestRate).to.be.closeTo(60, 1e-9);
    load.report(report({ completed: 10 }), 0);
    load.report(report({ completed: 10 }), 0);
    load.closeWindow(100);
    expect(load.requestRate).to.be.closeTo(60 + 0.3 * (200 - 60), 1e-9);
  });

  it('lets the rate of a worker without requests fall to exactly 0', () => {
    load.report(report({ completed: 1_000 }), 0);
    for (let window = 0; window < 60; window += 1) load.closeWindow(100);
    expect(load.requestRate).to.equal(0);
  });

  it('tells the mean latency of what was completed between two samples', () => {
    expect(load.takeLatency(served(4))).to.equal(10);
    const second = totals({ requestsCompleted: 6, latencySumMs: 4 * 10 + 2 * 55 });
    expect(load.takeLatency(sample({ totals: second }))).to.equal(55);
  });

  it('tells no latency when nothing was completed in between', () => {
    expect(load.takeLatency(served(0))).to.equal(null);
    load.takeLatency(served(4));
    expect(load.takeLatency(served(4))).to.equal(null);
  });

  it('lets its latency rise at once and fall by and by', () => {
    load.observeLatency(20, 1_000);
    load.observeLatency(100, 2_000);
    expect({ ms: load.latencyMs, atMs: load.latencyAtMs }).to.deep.equal({ ms: 100, atMs: 2_000 });
    load.observeLatency(20, 12_000);
    expect(load.latencyMs).to.be.closeTo(20 + 80 / Math.E, 1e-9);
    expect(load.latencyAtMs).to.equal(12_000);
  });
});
