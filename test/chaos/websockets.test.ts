import { expect } from 'chai';
import { Chaos } from '../helpers/chaos.ts';
import { until } from '../helpers/runtime.ts';
import { SeededRandom } from '../helpers/seeded-random.ts';
import { WebSocketClients } from '../helpers/websocket-clients.ts';
import { ACCEPT_MODES, expectReceiptsAddUp, startQuiet } from '../helpers/zero-loss.ts';

const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);
const RAGE_MS = 1_000 * Number(process.env.CHAOS_SECONDS ?? 25);
const CLIENTS = 30;

describe(`WebSockets in random changes (CHAOS_SEED=${SEED})`, function () {
  this.timeout(RAGE_MS + 120_000);

  for (const { mode, algorithm } of ACCEPT_MODES) {
    it(`are never cut, only asked to reconnect, under ${mode}`, async () => {
      const env = { WEBSOCKET_CLOSE_JITTER_MS: '300' };
      const runtime = await startQuiet('ws.cjs', { algorithm, env });
      const chaos = new Chaos(runtime, new SeededRandom(SEED), 2);
      const clients = new WebSocketClients(runtime.port, CLIENTS);
      try {
        await until('all WebSockets open', () => clients.greeted === CLIENTS);
        await chaos.rage(RAGE_MS, ['scale', 'scale', 'reload']);
        await until('all WebSockets open again', () => clients.greeted === CLIENTS);
        expect(clients.errors, String(chaos)).to.deep.equal([]);
        expect(clients.broken, String(chaos)).to.equal(0);
        expect([...new Set(clients.closes.map(({ code }) => code))], String(chaos)).to.deep.equal([1012]);
        expectReceiptsAddUp((await runtime.status()).receipts);
      } finally {
        await clients.stop();
        await runtime.stop();
      }
    });
  }
});
