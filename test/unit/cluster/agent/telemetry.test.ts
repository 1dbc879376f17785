import { expect } from 'chai';
import { Telemetry } from '../../../../src/cluster/agent/telemetry.ts';
import type { TelemetrySample } from '../../../../src/ipc/status.ts';
import { until } from '../../../helpers/runtime.ts';
import { HttpBench } from '../fixtures/http-bench.ts';

type TelemetryFigures = Omit<TelemetrySample, 'totals'>;

describe('Telemetry', () => {
  let bench: HttpBench;
  let telemetry: Telemetry;
  beforeEach(async () => {
    bench = await HttpBench.open();
    telemetry = new Telemetry(bench.connections, bench.requests);
  });
  afterEach(() => bench.close());

  it('has ratios within 0 and 1, and sizes of this very process', () => {
    const { periodMs, elu, cpu, runDelay, rssBytes, heapUsedBytes, loopDelayP99Ms } = telemetry.sample();
    expect(periodMs).to.be.at.least(1);
    expect(elu).to.be.within(0, 1);
    expect(cpu).to.be.at.least(0);
    if (runDelay !== null) expect(runDelay).to.be.within(0, 1);
    expect(rssBytes).to.be.above(heapUsedBytes);
    expect(loopDelayP99Ms).to.be.at.least(0);
  });

  it('measures work of the event loop as utilization and as CPU', async () => {
    await new Promise(setImmediate);
    telemetry.sample();
    const endMs = performance.now() + 60;
    while (performance.now() < endMs);
    await new Promise(setImmediate);
    const { elu, cpu, runDelay } = telemetry.sample();
    expect(elu).to.be.above(0.5);
    // Somebody else may have had the core: then it was run delay, not CPU.
    expect(cpu + (runDelay ?? 1)).to.be.above(0.3);
  });

  describe('looking at the loop', () => {
    const told: TelemetryFigures[] = [];
    const spin = (ms: number): void => {
      const endMs = performance.now() + ms;
      while (performance.now() < endMs);
    };
    beforeEach(() => {
      told.length = 0;
      telemetry.onSaturated = (figures) => told.push(figures);
      telemetry.look();
    });

    it('tells of a loop that has had no time left for a moment, and not with each look', () => {
      spin(120);
      telemetry.look();
      expect(told).to.deep.equal([]);
      spin(160);
      telemetry.look();
      expect(told).to.have.lengthOf(1);
      expect(told[0]?.elu).to.be.at.least(0.95);
      expect(told[0]?.periodMs).to.be.at.least(250);
      spin(20);
      telemetry.look();
      expect(told).to.have.lengthOf(1);
    });

    it('tells of one long turn when it is over, with what the counters say since the sample before', () => {
      telemetry.sample();
      spin(400);
      telemetry.look();
      expect(told).to.have.lengthOf(1);
      const { cpu, runDelay, loopDelayP99Ms, periodMs } = told[0] as TelemetryFigures;
      expect(cpu + (runDelay ?? 1)).to.be.above(0.3);
      expect(loopDelayP99Ms).to.be.within(200, periodMs);
    });

    it('begins anew after a moment with time left', async () => {
      spin(200);
      telemetry.look();
      await new Promise((resolve) => setTimeout(resolve, 100));
      telemetry.look();
      spin(200);
      telemetry.look();
      expect(told).to.deep.equal([]);
    });
  });

  it('counts what is open and under way', async () => {
    await bench.connectIdle();
    await bench.connectBusy();
    const { inFlight, connections, websockets } = telemetry.sample();
    expect({ inFlight, connections, websockets }).to.deep.equal({ inFlight: 1, connections: 2, websockets: 0 });
  });

  it('has totals since the start, of everything that happened', async () => {
    const idle = await bench.connectIdle();
    await bench.ask(idle, '/api/users');
    await bench.ask(idle, '/fail');
    const busy = await bench.connectBusy();
    busy.client.close();
    await until('it is gone', () => bench.connections.all.size === 1);
    const totals = telemetry.totals();
    expect(totals).to.deep.include({
      connectionsAccepted: 2,
      connectionsClosed: 1,
      connectionsMovedIn: 0,
      connectionsMovedOut: 0,
      requestsStarted: 4,
      requestsCompleted: 3,
      requestErrors: 1,
      requestsAborted: 1,
      requests: bench.requests.rows(),
    });
    expect(totals?.latencyCounts.reduce((sum, count) => sum + count, 0)).to.equal(3);
  });

  it('has no totals as long as nothing has changed', async () => {
    expect(telemetry.totals()).to.not.equal(null);
    expect(telemetry.totals()).to.equal(null);
    await bench.connectIdle();
    expect(telemetry.totals()).to.include({ connectionsAccepted: 1, requestsCompleted: 1 });
    expect(telemetry.totals()).to.equal(null);
  });

  it('gives out totals that do not change afterwards', async () => {
    const pair = await bench.connectIdle();
    const totals = telemetry.totals();
    const before = structuredClone(totals);
    await bench.ask(pair, '/');
    expect(totals).to.deep.equal(before);
  });

  it('reports load as what happened since the report before', async () => {
    const idle = await bench.connectIdle();
    await bench.connectBusy();
    expect(telemetry.load()).to.deep.include({
      accepted: 2,
      closed: 0,
      completed: 1,
      inFlight: 1,
      connections: 2,
      movable: 2,
    });
    idle.client.close();
    await until('it is gone', () => bench.connections.all.size === 1);
    expect(telemetry.load()).to.deep.include({ accepted: 0, closed: 1, completed: 0, inFlight: 1, connections: 1 });
  });

  it('reports no load before anything has happened', () => {
    expect(telemetry.load()).to.equal(null);
  });

  it('reports once more when a rush is over, so that nobody takes an idle worker for a busy one', async () => {
    await bench.connectIdle();
    const endMs = performance.now() + 30;
    while (performance.now() < endMs);
    expect(telemetry.load()).to.include({ accepted: 1 });
    expect(telemetry.load()).to.include({ accepted: 0, completed: 0 });
    expect(telemetry.load()).to.equal(null);
  });
});
