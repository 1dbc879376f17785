/** Heap snapshots of workers with much in their heaps, while clients are served: the worker must neither be killed nor recycled for it. */
import { expect } from 'chai';
import { Load } from '../helpers/load.ts';
import { keepAlive, perRequest } from '../helpers/load-clients.ts';
import { ROOT, Runtime, until } from '../helpers/runtime.ts';
import { expectNothingLost } from '../helpers/zero-loss.ts';

/** About 60 MB of small objects: V8 takes 3 to 5 s for its picture of them, and 700 MB. */
const OBJECTS = 300_000;
const MODES = [
  { title: 'shared accept', env: { LB_ALGORITHM: 'adaptive' } },
  { title: 'hand-over', env: { LB_ALGORITHM: 'round-robin' } },
  { title: 'a gateway', env: { LB_MODE: 'http' } },
] as const;

for (const { title, env } of MODES) {
  describe(`a heap snapshot of a large worker under ${title}`, function () {
    this.timeout(120_000);
    let runtime: Runtime;

    before(async () => {
      runtime = await Runtime.start(`${ROOT}test/apps/large-heap.cjs`, {
        args: ['-i', '2'],
        env: {
          AUTO_SCALING_ENABLED: 'false',
          // What the snapshot takes is above both limits.
          HUNG_TIMEOUT_MS: '2000',
          MAX_MEMORY_RESTART_BYTES: '400000000',
          OBJECTS: String(OBJECTS),
          ...env,
        },
      });
    });
    after(() => runtime.stop());

    it('is written, while the other worker answers, and the worker stays', async () => {
      const load = new Load(runtime, [...keepAlive({ connections: 8 }), ...perRequest({ clients: 4, maxThinkMs: 20 })]);
      await until('200 responses', () => load.tally.responses >= 200, 20_000);
      const [first, second] = await runtime.ready();
      const { responses } = load.tally;
      const answer = await fetch(`${runtime.controlUrl}/workers/${first?.id}/heap-snapshot`, { method: 'POST' });
      const meanwhile = load.tally.responses - responses;
      const bytes = (await answer.arrayBuffer()).byteLength;
      expect(answer.status, `${bytes} bytes`).to.equal(200);
      const pausedMs = Number(answer.headers.get('tidegate-paused-ms'));
      expect(pausedMs, 'longer than HUNG_TIMEOUT_MS, or nothing is shown').to.be.greaterThan(2_000);
      expect(bytes).to.be.greaterThan(50_000_000);

      const served = load.tally.workers.get(first?.pid as number) ?? 0;
      await until('the worker serves again', () => (load.tally.workers.get(first?.pid as number) ?? 0) > served + 20);
      await until('its memory is known', async () =>
        (await runtime.ready()).some(({ id, sample }) => id === first?.id && Number(sample?.rssBytes) > 400_000_000),
      );
      // Upkeep looks once a second: three of its looks.
      const atMs = Date.now();
      await until('three looks later', () => Date.now() > atMs + 3_500);
      expect((await runtime.ready()).map(({ pid }) => pid)).to.have.members([first?.pid, second?.pid]);
      expectNothingLost(await load.stop());
      console.log(
        `      stood still for ${pausedMs} ms; ${meanwhile} answers meanwhile; slowest ${load.tally.slowestMs} ms`,
      );
    });

    it('does not keep a worker that grows by itself from being recycled', async () => {
      const [first] = await runtime.ready();
      const receipt = await until(
        'the worker that was looked at has grown beyond its limit',
        async () => {
          await fetch(`${runtime.url}/leak?mb=50`);
          return (await runtime.status()).receipts.find(({ workerId }) => workerId === first?.id);
        },
        60_000,
      );
      expect(receipt.reason).to.equal('memory-limit');
    });

    it('loses nothing when one worker after the other is restarted', async () => {
      const load = new Load(runtime, [...keepAlive({ connections: 8 }), ...perRequest({ clients: 4, maxThinkMs: 20 })]);
      for (let round = 0; round < 4; round += 1) {
        const [oldest] = (await runtime.ready()).toSorted((a, b) => a.id - b.id);
        const { status, body } = await runtime.api('POST', `/workers/${oldest?.id}/restart`, { reason: 'to see it' });
        expect(status, JSON.stringify(body)).to.equal(200);
        await until('the old one has left', async () =>
          (await runtime.status()).receipts.some(({ workerId }) => workerId === oldest?.id),
        );
      }
      const { responses } = load.tally;
      await until('200 more responses', () => load.tally.responses >= responses + 200);
      expectNothingLost(await load.stop());
      for (const { reason, cut } of (await runtime.status()).receipts) {
        if (reason === 'restart') expect(cut).to.equal(0);
      }
    });
  });
}
