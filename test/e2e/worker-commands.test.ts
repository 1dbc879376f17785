import { expect } from 'chai';
import { Load } from '../helpers/load.ts';
import { keepAlive, perRequest } from '../helpers/load-clients.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import { expectNothingLost, expectReceiptsAddUp, receiptsSince, startQuiet } from '../helpers/zero-loss.ts';

interface CpuProfile {
  readonly nodes: readonly { readonly callFrame: { readonly url: string } }[];
  readonly startTime: number;
  readonly endTime: number;
}

interface HeapSnapshot {
  readonly snapshot: { readonly node_count: number };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

describe('commands to a single worker, under load', function () {
  this.timeout(40_000);
  let runtime: Runtime;
  let load: Load;

  before(async () => {
    runtime = await startQuiet('slow.cjs', { algorithm: 'adaptive' });
    load = new Load(runtime, [...keepAlive({ connections: 8 }), ...perRequest({ clients: 8, maxThinkMs: 20 })]);
    await until('200 responses', () => load.tally.responses >= 200, 20_000);
  });
  after(async () => {
    await load.stop();
    await runtime.stop();
  });

  it('a CPU profile shows the app at work, which goes on', async () => {
    const [first] = await runtime.ready();
    const recording = runtime.api<CpuProfile>('POST', `/workers/${first?.id}/cpu-profile`, { durationSeconds: 1 });
    await until('it says that it is being recorded', async () =>
      (await runtime.ready()).some(({ id, recording: kind }) => id === first?.id && kind === 'cpu-profile'),
    );
    const again = await runtime.api('POST', `/workers/${first?.id}/cpu-profile`);
    expect([again.status, again.body.code]).to.deep.equal([409, 'RECORDING_RUNNING']);
    const { status, body } = await recording;
    expect(status).to.equal(200);
    expect((body.endTime - body.startTime) / 1e6).to.be.within(0.9, 5);
    expect(body.nodes.some(({ callFrame }) => callFrame.url.endsWith('slow.cjs'))).to.equal(true);
    expect((await runtime.ready()).map(({ recording: kind }) => kind)).to.deep.equal([undefined, undefined]);
  });

  it('a heap snapshot comes whole, and the worker serves on', async () => {
    const [first] = await runtime.ready();
    const { status, body } = await runtime.api<HeapSnapshot>('POST', `/workers/${first?.id}/heap-snapshot`);
    expect(status, JSON.stringify(body).slice(0, 300)).to.equal(200);
    expect(body.nodes.length % body.snapshot.node_count).to.equal(0);
    expect(body.strings.some((text) => text.endsWith('slow.cjs'))).to.equal(true);
    const served = load.tally.workers.get(first?.pid as number) ?? 0;
    await until('the worker serves again', () => (load.tally.workers.get(first?.pid as number) ?? 0) > served + 20);
  });

  it('a restart puts a new worker into its place before it leaves, and nothing is lost', async () => {
    const startedAtMs = Date.now();
    const [first, second] = await runtime.ready();
    const { status, body } = await runtime.api('POST', `/workers/${first?.id}/restart`, { reason: 'to see it' });
    expect(status, JSON.stringify(body)).to.equal(200);
    expect(body).to.deep.equal({ outcome: 'done', worker: first?.id, replacement: 3 });
    const [receipt] = await receiptsSince(runtime, startedAtMs, 'restart', 1);
    expect(receipt).to.include({ workerId: first?.id, slot: first?.slot, cut: 0 });
    const now = await runtime.status();
    expect(now.workers.map(({ id, slot, generation }) => [id, slot, generation])).to.have.deep.members([
      [second?.id, second?.slot, 1],
      [3, first?.slot, 1],
    ]);
    const gone = await runtime.api('POST', `/workers/${first?.id}/restart`);
    expect([gone.status, gone.body.code]).to.deep.equal([404, 'WORKER_NOT_FOUND']);
  });

  it('none of them lost a request', async () => {
    expectNothingLost(await load.stop());
    expectReceiptsAddUp((await runtime.status()).receipts);
  });
});
