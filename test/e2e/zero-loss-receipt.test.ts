import { expect } from 'chai';
import { HttpConnection } from '../helpers/http-connection.ts';
import { until } from '../helpers/runtime.ts';
import { ACCEPT_MODES, receiptsSince, startQuiet } from '../helpers/zero-loss.ts';

const DRAIN_TIMEOUT_MS = 3_500;
const REQUEST_TIMEOUT_MS = 20_000;

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;

for (const { mode, algorithm } of ACCEPT_MODES) {
  it(`a drain receipt puts each connection into the right heap under ${mode}`, async function () {
    this.timeout(60_000);
    const runtime = await startQuiet('slow.cjs', {
      algorithm,
      workers: 1,
      env: { DRAIN_TIMEOUT_MS: String(DRAIN_TIMEOUT_MS), CANARY_MS: '0' },
    });
    const open = Array.from({ length: 4 }, () => HttpConnection.open(runtime));
    const [idle, finishing, leaving, endless] = (await Promise.all(open)) as [
      HttpConnection,
      HttpConnection,
      HttpConnection,
      HttpConnection,
    ];
    try {
      const startedAtMs = Date.now();
      idle.write(get('/'));
      await idle.response(REQUEST_TIMEOUT_MS);
      finishing.write(get('/sleep?ms=2500', 'Connection: close\r\n'));
      const finished = finishing.response(REQUEST_TIMEOUT_MS);
      for (const connection of [leaving, endless]) connection.write(get('/sse?ms=60000'));
      const cut = endless.response(REQUEST_TIMEOUT_MS).catch((error: { code: string }) => error.code);
      leaving.response(REQUEST_TIMEOUT_MS).catch(() => {});
      await until('all requests seen by the worker', async () => (await runtime.ready())[0]?.sample?.inFlight === 3);

      await runtime.reload();
      leaving.socket.destroy();
      expect((await finished).status).to.equal(200);
      const [receipt] = await receiptsSince(runtime, startedAtMs, 'reload', 1);
      const { openAtStart, acceptedSince, requestsInFlightAtStart, exit } = receipt ?? {};
      expect({ openAtStart, acceptedSince, requestsInFlightAtStart }).to.deep.equal({
        openAtStart: 4,
        acceptedSince: 0,
        requestsInFlightAtStart: 3,
      });
      expect(receipt, JSON.stringify(receipt)).to.include({ moved: 1, finished: 1, closedByClient: 1, cut: 1 });
      expect(exit).to.deep.equal({ code: null, signal: 'SIGTERM' });
      expect(await cut).to.be.oneOf(['END', 'ECONNRESET']);

      idle.write(get('/'));
      expect((await idle.response(REQUEST_TIMEOUT_MS)).status).to.equal(200);
    } finally {
      for (const connection of [idle, finishing, leaving, endless]) connection.socket.destroy();
      await runtime.stop();
    }
  });
}
