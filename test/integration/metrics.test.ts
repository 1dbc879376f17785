import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ClusterStatus, WorkerStatus } from '../../src/ipc/status.ts';
import { HostDevices } from '../../src/scaling/machine/host-devices.ts';
import { ProcessUsage } from '../../src/scaling/machine/process-usage.ts';
import { Machine } from '../../src/scaling/machine.ts';
import { MetricsExposition } from '../../src/scaling/metrics/exposition.ts';
import { MeterLedger } from '../../src/scaling/metrics/meter-ledger.ts';
import { ScalingCounts } from '../../src/scaling/metrics/scaling-counts.ts';
import { MetricsCollector } from '../../src/scaling/metrics-collector.ts';
import { receipt, served, status, worker } from '../unit/scaling/fixtures/cluster-fixtures.ts';

/** A process that does nothing until its parent goes. */
const IDLE = "process.on('disconnect', () => process.exit()); process.send('up');";

/** A promtool that has read all of `page`: how it ended and what it had to say; null where there is none. */
async function promtool(page: string): Promise<{ code: number | null; said: string } | null> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (data) => {
    said += data;
  });
  child.stderr.on('data', (data) => {
    said += data;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(page);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, said };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

describe('metrics of real processes on this machine', () => {
  let directory: string;
  let children: ChildProcess[];
  let current: ClusterStatus;
  let processes: ProcessUsage;
  let collector: MetricsCollector;
  let exposition: MetricsExposition;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tidegate-metrics-'));
    const script = join(directory, 'idle.cjs');
    writeFileSync(script, IDLE);
    children = [fork(script), fork(script)];
    await Promise.all(children.map((child) => once(child, 'message')));
  });

  after(async () => {
    await Promise.all(children.filter((child) => isAlive(child)).map(end));
    rmSync(directory, { recursive: true, force: true });
  });

  beforeEach(() => {
    current = status([]);
    processes = new ProcessUsage();
    collector = new MetricsCollector({ probe: { status: () => current }, machine: new Machine(), processes });
    const scaling = new ScalingCounts();
    scaling.record({
      need: 5,
      offeredLoadErlangs: 3.9,
      action: 'scale-up',
      reason: 'rule',
      clamps: [{ before: 4, after: 3, why: 'blocked:memory', detail: '' }],
    });
    exposition = new MetricsExposition({
      collector,
      processes,
      devices: new HostDevices(),
      scaling,
      meters: new MeterLedger(),
      probes: () => new Map([['memory', 'ok']]),
      breakers: () => [{ name: 'worker-0', state: 'closed' }],
      build: { version: '0.1.0', node: process.version },
    });
  });

  /** A worker whose agent has been silent since `silentMs` ago; its slot is its place among the children. */
  function workerOf(child: ChildProcess, given: Partial<WorkerStatus>, silentMs = 0): WorkerStatus {
    const atMs = Date.now() - silentMs;
    return worker({ pid: child.pid ?? null, startedAtMs: atMs, sampleAtMs: atMs, ...given });
  }

  /** The workers' memory as the page tells it, by slot. */
  function rssBytes(page: string): number[] {
    return [...page.matchAll(/^tidegate_worker_rss_bytes\{worker="\d+"\} (\d+)$/gm)].map((match) => Number(match[1]));
  }

  it('pass promtool check metrics', async function () {
    const [first, second] = children as [ChildProcess, ChildProcess];
    current = status([workerOf(first, { id: 1, sample: served(12) }), workerOf(second, { id: 2, sample: served(3) })], {
      receipts: [receipt({ workerId: 9 })],
    });
    await collector.collect(Date.now());
    const verdict = await promtool(await exposition.expose());
    if (verdict === null) return this.skip();
    expect(verdict).to.deep.equal({ code: 0, said: '' });
  });

  it('tell the memory of a silent worker from the operating system, and that of none that has gone', async () => {
    const [first] = children as [ChildProcess];
    const script = join(directory, 'idle.cjs');
    const victim = fork(script);
    await once(victim, 'message');
    current = status([
      workerOf(first, { id: 1, sample: served(12) }, 60_000),
      workerOf(victim, { id: 2, sample: null, sampleAtMs: null }, 60_000),
    ]);
    const nowMs = Date.now();
    await collector.collect(nowMs);
    await processes.refresh([], nowMs);
    const before = await exposition.expose();
    for (const bytes of rssBytes(before)) expect(bytes).to.be.within(10_000_000, 200_000_000);
    expect(rssBytes(before)).to.have.length(2);
    expect(collector.performance().workers.map(({ source }) => source)).to.deep.equal(['process', 'process']);

    await end(victim);
    await collector.collect(nowMs + 6_000);
    await processes.refresh([], nowMs + 6_000);
    expect(rssBytes(await exposition.expose())).to.have.length(1);
  });

  it('count on when a worker is killed', async () => {
    const [first, second] = children as [ChildProcess, ChildProcess];
    const survivor = workerOf(first, { id: 1, sample: served(12) });
    current = status([survivor, workerOf(second, { id: 2, sample: served(30) })]);
    const before = await exposition.expose();
    await end(second);
    current = status([survivor]);
    const after = await exposition.expose();
    for (const page of [before, after]) {
      expect(page).to.include('tidegate_http_request_duration_seconds_count 42\n');
      expect(page).to.match(/^tidegate_http_requests_total\{worker="1",.*\} 30$/m);
    }
    expect(after).to.not.match(/^tidegate_connections\{worker="1"/m);
  });

  it('tell what this machine has', async () => {
    const machine = new Machine().read();
    expect(machine.cores).to.be.above(0).and.at.most(availableParallelism());
    expect(machine.totalMemoryBytes).to.be.above(0).and.at.most(totalmem());
    expect(machine.availableMemoryBytes).to.be.within(1, machine.totalMemoryBytes);
    const { disk, network, diskTraffic } = await new HostDevices({ waitMs: 10_000 }).figures(0);
    // A sandbox may have no default route and no disk of its own; what is told must make sense.
    if (disk !== null) expect(disk.availableBytes).to.be.within(0, disk.sizeBytes);
    if (network !== null) expect(network.receivedBytes + network.transmittedBytes).to.be.above(0);
    if (diskTraffic !== null) expect(diskTraffic.readBytes + diskTraffic.writtenBytes).to.be.above(0);
  });

  it('tell what the runtime itself uses', async () => {
    const page = await exposition.expose();
    const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(page)?.[1]);
    expect(value('tidegate_process_resident_memory_bytes')).to.be.within(20_000_000, 2_000_000_000);
    expect(value('tidegate_process_cpu_seconds_total')).to.be.above(0);
  });
});

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}
