import { connect } from 'node:net';
import { expect } from 'chai';
import { type Runtime, until } from '../helpers/runtime.ts';
import { WebSocketClients } from '../helpers/websocket-clients.ts';
import { ACCEPT_MODES, expectReceiptsAddUp, receiptsSince, startQuiet } from '../helpers/zero-loss.ts';

const CLIENTS = 40;
const JITTER_MS = 1_000;
/** The frame: final, opcode 8, two bytes: 1012. */
const CLOSE_1012 = '\x88\x02\x03\xf4';

for (const { mode, algorithm } of ACCEPT_MODES) {
  describe(`WebSockets under ${mode}`, function () {
    this.timeout(60_000);
    let runtime: Runtime;
    let clients: WebSocketClients;

    before(async () => {
      const env = { WEBSOCKET_CLOSE_JITTER_MS: String(JITTER_MS) };
      runtime = await startQuiet('ws.cjs', { algorithm, env });
    });
    beforeEach(async () => {
      clients = new WebSocketClients(runtime.port, CLIENTS);
      await until('all WebSockets open', () => clients.greeted === CLIENTS);
    });
    afterEach(() => clients.stop());
    after(() => runtime.stop());

    it('are asked to reconnect with code 1012, spread over the jitter, and lose no echo before', async () => {
      const startedAtMs = Date.now();
      const old = (await runtime.ready()).map((worker) => worker.pid);
      const last = (await runtime.reload()).at(-1);
      expect(last?.outcome, last?.detail).to.equal('done');
      const receipts = await receiptsSince(runtime, startedAtMs, 'reload', 2);
      await until('all WebSockets open again', () => clients.greeted === CLIENTS);

      expect(clients.errors).to.deep.equal([]);
      expect(clients.broken).to.equal(0);
      expect(new Set(clients.closes.map(({ code }) => code))).to.deep.equal(new Set([1012]));
      for (const pid of clients.byWorker.keys()) expect(old).not.to.include(pid);
      // Those of one worker: 20 uniform times within the jitter lie within a quarter of it once in 10^10 runs.
      for (const pid of old) {
        const times = clients.closes.filter((close) => close.pid === pid).map(({ atMs }) => atMs);
        if (times.length < 10) continue;
        expect(Math.max(...times) - Math.min(...times), `closes of ${pid}`).to.be.greaterThan(JITTER_MS / 4);
      }
      expectReceiptsAddUp(receipts);
      const asked = receipts.reduce((sum, receipt) => sum + receipt.websocketsClosed, 0);
      expect(asked).to.equal(clients.closes.length);
      for (const receipt of receipts) expect(receipt.cut, JSON.stringify(receipt)).to.equal(0);
    });

    it('stay where they are when workers are added, and when those without any leave', async () => {
      await runtime.scale(4);
      await runtime.scale(2);
      expect(clients.closes).to.deep.equal([]);
      expect(clients.errors).to.deep.equal([]);
      const { receipts } = await runtime.status();
      expectReceiptsAddUp(receipts);
    });

    it('are asked to reconnect even when they were opened on a worker that was already leaving', async () => {
      const socket = connect(runtime.port, '127.0.0.1');
      let received = '';
      socket.setEncoding('latin1').on('data', (text: string) => {
        received += text;
      });
      const head = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
      socket.write(`${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n`);
      const last = (await runtime.reload()).at(-1);
      expect(last?.outcome, last?.detail).to.equal('done');
      // The half head keeps one worker from leaving.
      await until('one draining worker', async () => (await runtime.status()).workers.length === 3);
      socket.write('\r\n');
      await until('the close frame', () => received.includes(CLOSE_1012));
      expect(received).to.match(/^HTTP\/1\.1 101 /);
      socket.end();
      await runtime.waitForWorkers(2);
    });
  });
}
