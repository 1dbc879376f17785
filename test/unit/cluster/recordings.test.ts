import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { ConnectionAcceptor } from '../../../src/cluster/connection-acceptor.ts';
import { Recordings } from '../../../src/cluster/recordings.ts';
import { WorkerPool } from '../../../src/cluster/worker-pool.ts';
import type { PrimaryMessage } from '../../../src/ipc/protocol.ts';
import type { RecordingWish } from '../../../src/ipc/recording.ts';
import { sample } from '../scaling/fixtures/cluster-fixtures.ts';
import { type FakeWorker, workers } from './fixtures/fake-worker.ts';

const PROFILE: RecordingWish = { kind: 'cpu-profile', durationMs: 1_000, force: false };
const SNAPSHOT: RecordingWish = { kind: 'heap-snapshot', durationMs: 0, force: false };
const NOBODY_LEAVES = new AbortController().signal;

describe('Recordings', () => {
  let root: string;
  let directory: string;
  let fakes: FakeWorker[];
  let availableBytes: number;
  let acceptorHeard: string[];
  let recordings: Recordings;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'tg-'));
    directory = path.join(root, 'recordings');
    fakes = workers(3);
    availableBytes = 1e9;
    acceptorHeard = [];
    const pool = new WorkerPool();
    for (const fake of fakes) pool.add(fake.asHandle);
    const acceptor = {
      onLeaving: ({ id }: FakeWorker) => {
        acceptorHeard.push(`${id} leaves`);
        return null;
      },
      onBack: ({ id }: FakeWorker) => acceptorHeard.push(`${id} is back`),
    } as unknown as ConnectionAcceptor;
    recordings = new Recordings({ pool, acceptor, directory, moves: true, availableBytes: () => availableBytes });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const worker = (id: number): FakeWorker => fakes[id - 1] as FakeWorker;

  function orderTo(id: number): (PrimaryMessage & { type: 'record' }) | undefined {
    return worker(id).sent.find((message) => message.type === 'record');
  }

  /** The worker writes its file and says so. */
  function answer(id: number, text: string): void {
    const order = orderTo(id);
    if (order === undefined) throw new Error(`worker ${id} was asked for nothing`);
    writeFileSync(order.file, text);
    worker(id).recorder.onRecorded({ type: 'recorded', request: order.request, problem: null, pausedMs: 12 });
  }

  async function codeOf(id: number, wish: RecordingWish): Promise<string> {
    return recordings.record(id, wish, NOBODY_LEAVES).then(
      () => 'none',
      (error: { code: string }) => error.code,
    );
  }

  it('give a profile as a file of the runtime’s own, which goes when it is taken', async () => {
    const recorded = recordings.record(2, PROFILE, NOBODY_LEAVES);
    expect(orderTo(2)).to.include({ kind: 'cpu-profile', durationMs: 1_000 });
    expect(statSync(directory).mode & 0o777).to.equal(0o700);
    expect(worker(2).withheld, 'it goes on serving').to.equal(false);
    answer(2, '{"nodes":[]}');
    const recording = await recorded;
    expect(recording).to.include({ bytes: 12, pausedMs: 12 });
    expect(recording.fileName).to.match(/^w2-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.cpuprofile$/);
    recording.remove();
    expect(readdirSync(directory)).to.deep.equal([]);
  });

  it('are made of one ready worker only, each once at a time', async () => {
    worker(3).become('draining');
    expect(await codeOf(9, PROFILE)).to.equal('WORKER_NOT_FOUND');
    expect(await codeOf(3, PROFILE)).to.equal('WORKER_NOT_READY');
    const first = recordings.record(1, PROFILE, NOBODY_LEAVES);
    expect(await codeOf(1, PROFILE)).to.equal('RECORDING_RUNNING');
    expect(await codeOf(1, SNAPSHOT)).to.equal('RECORDING_RUNNING');
    answer(1, '{}');
    (await first).remove();
  });

  it('set a worker aside for a snapshot: nothing new, its connections to others, and back after it', async () => {
    worker(1).load.movable = 5;
    const recorded = recordings.record(1, SNAPSHOT, NOBODY_LEAVES);
    expect([worker(1).withheld, worker(1).load.available]).to.deep.equal([true, false]);
    expect(await codeOf(2, SNAPSHOT), 'a second worker').to.equal('RECORDING_RUNNING');
    await new Promise(setImmediate);
    expect(worker(1).sent).to.deep.equal([
      { type: 'share', acceptsPerInterval: 0, intervalMs: 1_000 },
      { type: 'give', to: 2, count: 3 },
      { type: 'give', to: 3, count: 3 },
    ]);
    worker(1).load.movable = 0;
    await eventually(() => orderTo(1) !== undefined);
    answer(1, 'snapshot');
    (await recorded).remove();
    expect(worker(1).load.available).to.equal(true);
    expect(worker(1).sent.at(-1)).to.include({ type: 'share', acceptsPerInterval: Number.MAX_SAFE_INTEGER });
    expect(acceptorHeard).to.deep.equal(['1 leaves', '1 is back']);
  });

  it('leave a worker that is alone where it is', async () => {
    for (const id of [2, 3]) worker(id).become('stopping');
    const recorded = recordings.record(1, SNAPSHOT, NOBODY_LEAVES);
    await eventually(() => orderTo(1) !== undefined);
    expect(worker(1).load.available).to.equal(true);
    answer(1, 'snapshot');
    (await recorded).remove();
    expect(acceptorHeard).to.deep.equal([]);
  });

  it('refuse a snapshot that memory may not be enough for, unless it is forced', async () => {
    worker(1).sample = sample({ heapUsedBytes: 100_000_000 });
    const refused = await recordings.record(1, SNAPSHOT, NOBODY_LEAVES).catch((error: Error) => error);
    expect(refused).to.have.property('code', 'NOT_ENOUGH_MEMORY');
    expect((refused as Error).message).to.equal(
      'A heap snapshot of worker 1 may take 1145 MB of memory for a heap of 96 MB, and 954 MB are left; "force": true has it written nevertheless',
    );
    const forced = recordings.record(1, { ...SNAPSHOT, force: true }, NOBODY_LEAVES);
    await eventually(() => orderTo(1) !== undefined);
    answer(1, 'snapshot');
    (await forced).remove();
  });

  it('leave no file behind when the worker could not do it, and let it serve again', async () => {
    const recorded = codeOf(1, SNAPSHOT);
    await eventually(() => orderTo(1) !== undefined);
    const { file, request } = orderTo(1) as PrimaryMessage & { type: 'record' };
    writeFileSync(file, 'half');
    worker(1).recorder.onRecorded({ type: 'recorded', request, problem: 'ENOSPC', pausedMs: 3 });
    expect(await recorded).to.equal('RECORDING_FAILED');
    expect(readdirSync(directory)).to.deep.equal([]);
    expect(worker(1).load.available).to.equal(true);
  });

  it('end a profile when nobody waits for it any more', async () => {
    const client = new AbortController();
    const recorded = recordings.record(1, PROFILE, client.signal).catch((error: { code: string }) => error.code);
    client.abort();
    expect(worker(1).sent.at(-1)).to.deep.equal({ type: 'stop-recording', request: 1 });
    worker(1).recorder.onRecorded({ type: 'recorded', request: 1, problem: 'it was stopped', pausedMs: 1 });
    expect(await recorded).to.equal('RECORDING_STOPPED');
  });
});

async function eventually(test: () => boolean): Promise<void> {
  while (!test()) await new Promise((resolve) => setTimeout(resolve, 5));
}
