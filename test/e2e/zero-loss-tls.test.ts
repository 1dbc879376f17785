import { expect } from 'chai';
import { Load } from '../helpers/load.ts';
import { keepAliveGets, perRequest } from '../helpers/load-clients.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import { ACCEPT_MODES, expectReceiptsAddUp, receiptsSince, startQuiet } from '../helpers/zero-loss.ts';

for (const { mode, algorithm } of ACCEPT_MODES) {
  describe(`TLS connections under ${mode}`, function () {
    this.timeout(60_000);
    let runtime: Runtime;

    before(async () => {
      runtime = await startQuiet('https.cjs', { algorithm });
    });
    after(() => runtime.stop());

    it('end in order, announced, when their worker leaves; no request is lost', async () => {
      const load = new Load({ port: runtime.port, tls: true }, [
        ...keepAliveGets({ connections: 16 }),
        ...perRequest({ clients: 2, maxThinkMs: 30 }),
      ]);
      const startedAtMs = Date.now();
      try {
        await until('200 responses', () => load.tally.responses >= 200, 20_000);
        const last = (await runtime.reload()).at(-1);
        expect(last?.outcome, last?.detail).to.equal('done');
        await runtime.scale(4);
        await runtime.scale(2);
        const more = load.tally.responses + 200;
        await until('200 more responses', () => load.tally.responses >= more, 20_000);
      } finally {
        await load.stop();
      }
      const { tally } = load;
      expect(tally.failures, String(tally)).to.deep.equal({});
      expect(tally.unannouncedCloses, String(tally)).to.equal(0);
      expect(tally.announcedCloses, 'connections ended with Connection: close').to.be.greaterThanOrEqual(16);
      expect(tally.responses).to.equal(tally.requests);
      const receipts = await receiptsSince(runtime, startedAtMs, 'reload', 2);
      expectReceiptsAddUp((await runtime.status()).receipts);
      for (const receipt of receipts) expect(receipt.cut + receipt.moved, JSON.stringify(receipt)).to.equal(0);
    });
  });
}
