import { expect } from 'chai';
import { EventLoopMeter } from '../../../../src/app/services/event-loop-meter.ts';
import { HealthReporter, type ProcessProbes } from '../../../../src/app/services/health-report.ts';
import { LatencyWindow } from '../../../../src/app/services/latency-window.ts';
import type { WorkerIdentity } from '../../../../src/app/services/worker-identity.ts';

describe('a health report', () => {
  const worker: WorkerIdentity = { slot: 1, id: 2, pid: 3 };
  const probes: ProcessProbes = {
    uptimeSeconds: () => 12.3456,
    memory: () => ({ rss: 4, heapUsed: 1, heapTotal: 2, external: 3 }),
    stopping: () => false,
  };
  const memory = { rssBytes: 4, heapUsedBytes: 1, heapTotalBytes: 2, externalBytes: 3 };

  function reporter(of: WorkerIdentity, overrides: Partial<ProcessProbes> = {}): HealthReporter {
    const latencies = new LatencyWindow(1_000, 0);
    latencies.record(10, 0);
    const idleLoop = new EventLoopMeter(() => ({ idle: 3, active: 1, utilization: 0.25 }), 1_000, 0);
    return new HealthReporter(of, { ...probes, ...overrides }, latencies, idleLoop);
  }

  it('tells status, uptime, memory and worker', () => {
    expect(reporter(worker).health()).to.deep.equal({ status: 'ok', uptimeSeconds: 12.3, memory, worker });
  });

  it('says so once the process is stopping', () => {
    expect(reporter(worker, { stopping: () => true }).health().status).to.equal('stopping');
  });

  it('has latencies, event loop and memory of this worker', () => {
    const report = reporter(worker).performance(500);
    expect(report).to.deep.include({ mode: 'cluster-worker', worker, uptimeSeconds: 12.3, memory });
    expect(report.latency.count).to.equal(1);
    expect(report.latency.p99Ms).to.be.closeTo(10, 0.01);
    expect(report.eventLoop).to.deep.equal({ utilization: 0.25, overSeconds: 0.5 });
    expect(report.scope).to.include('this worker only');
  });

  it('says of a process without a cluster that it is a single one', () => {
    const report = reporter({ slot: null, id: null, pid: 3 }).performance(500);
    expect(report.mode).to.equal('single-process');
    expect(report.scope).to.include('single process');
  });
});
