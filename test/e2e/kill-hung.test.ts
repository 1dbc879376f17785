import { connect } from 'node:net';
import { expect } from 'chai';
import { Load } from '../helpers/load.ts';
import { keepAlive, perRequest } from '../helpers/load-clients.ts';
import { isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/runtime.ts';
import { ACCEPT_MODES, startQuiet } from '../helpers/zero-loss.ts';

for (const { mode, algorithm } of ACCEPT_MODES) {
  it(`a worker that is blocked for ever is replaced under ${mode}, and what waits for it goes to others`, async function () {
    this.timeout(60_000);
    const runtime = await startQuiet('slow.cjs', {
      algorithm,
      env: { HUNG_TIMEOUT_MS: '2000', LOAD_BALANCER_ENABLED: 'false' },
    });
    const load = new Load(runtime, [...keepAlive({ connections: 12 }), ...perRequest({ clients: 12, maxThinkMs: 20 })]);
    try {
      await until('200 responses', () => load.tally.responses >= 200, 20_000);
      const before = (await runtime.ready()).map((worker) => Number(worker.pid));
      connect(runtime.port, '127.0.0.1')
        .on('error', () => {}) // ends with its worker
        .write('GET /block?ms=60000 HTTP/1.1\r\nHost: localhost\r\n\r\n');
      const status = await until(
        'a new worker in the place of the blocked one',
        async () => {
          const { workers, ready } = await runtime.status();
          return (
            ready === 2 && workers.length === 2 && workers.some(({ pid }) => !before.includes(Number(pid))) && workers
          );
        },
        20_000,
      );
      const now = status.map((worker) => Number(worker.pid));
      const [hung] = before.filter((pid) => !now.includes(pid));
      expect(hung).to.be.a('number');
      expect(isAlive(Number(hung)), 'the blocked worker').to.equal(false);
      const more = load.tally.responses + 200;
      await until('200 more responses', () => load.tally.responses >= more, 20_000);
      const tally = await load.stop();

      // What the blocked worker had accepted waited for its end; the one connection sent to it and not taken went elsewhere.
      for (const loss of tally.losses) expect(loss.code, String(tally)).to.be.oneOf(['ECONNRESET', 'END', 'EPIPE']);
      expect(tally.losses.length, String(tally)).to.be.lessThan(24);
      expect(tally.slowestMs, String(tally)).to.be.lessThan(15_000);
      const receipt = (await runtime.status()).receipts.find(({ pid }) => pid === hung);
      expect(receipt?.reason).to.equal('hung');
      expect(receipt?.exit?.signal).to.equal('SIGKILL');
      const lb = await runtime.api<{ parked?: number; shed?: number }>('GET', '/loadbalancer/status');
      expect(lb.body.shed ?? 0, 'connections given up').to.equal(0);
    } finally {
      await load.stop();
      await runtime.stop();
    }
  });
}
