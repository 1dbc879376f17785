import { once } from 'node:events';
import { request } from 'node:http';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { HAPROXY_MISSING } from '../helpers/haproxy.ts';
import { Load } from '../helpers/load.ts';
import { keepAliveGets } from '../helpers/load-clients.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import { TcpHaproxy } from '../helpers/tcp-haproxy.ts';
import { expectNothingLost, startQuiet } from '../helpers/zero-loss.ts';

interface Seen {
  readonly pid: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

const MODES = [
  { way: 'workers that accept by themselves', algorithm: 'adaptive', option: 'send-proxy-v2', env: {}, keeps: false },
  { way: 'a primary that hands over', algorithm: 'ip-hash', option: 'send-proxy', env: {}, keeps: true },
  { way: 'the gateway', algorithm: 'consistent-hash', option: 'send-proxy-v2', env: { LB_MODE: 'http' }, keeps: true },
] as const;
const CLIENTS = Array.from({ length: 24 }, (_, index) => `127.0.0.${index + 2}`);

for (const { way, algorithm, option, env, keeps } of MODES) {
  describe(`HAProxy with ${option} before ${way}${HAPROXY_MISSING}`, function () {
    this.timeout(60_000);
    let runtime: Runtime;
    let haproxy: TcpHaproxy;

    /** What the app sees of a client at that address, and what is true of it. */
    function ask(localAddress: string, port = haproxy.port): Promise<{ seen: Seen; localPort: number }> {
      return new Promise((resolve, reject) => {
        const asked = request({ host: '127.0.0.1', port, localAddress, agent: false }, async (response) => {
          const localPort = Number(response.socket.localPort);
          let text = '';
          for await (const chunk of response.setEncoding('utf8')) text += chunk;
          resolve({ seen: JSON.parse(text), localPort });
        });
        asked.on('error', reject).end();
      });
    }

    async function openWebSocket(localAddress: string): Promise<{ seen: Seen; socket: WebSocket }> {
      const socket = new WebSocket(`ws://127.0.0.1:${haproxy.port}/`, { localAddress });
      const [message] = await once(socket, 'message');
      return { seen: JSON.parse(String(message)), socket };
    }

    before(async function () {
      if (HAPROXY_MISSING !== '') return this.skip();
      runtime = await startQuiet('ws.cjs', { algorithm, env: { PROXY_PROTOCOL_FROM: '127.0.0.1', ...env } });
      haproxy = await TcpHaproxy.start(runtime.port, option);
    });
    after(async () => {
      await haproxy?.stop();
      await runtime?.stop();
    });

    it('gives the app its clients’ own addresses', async () => {
      for (const client of CLIENTS.slice(0, 8)) {
        const { seen, localPort } = await ask(client);
        expect(seen).to.include({ remoteAddress: client, remotePort: localPort });
      }
      const { seen, socket } = await openWebSocket('127.0.0.9');
      expect(seen.remoteAddress).to.equal('127.0.0.9');
      socket.terminate();
    });

    it('takes a client that comes by another address for who it is, and nobody else’s word', async () => {
      const { seen } = await ask('127.0.0.50', runtime.port);
      expect(seen.remoteAddress).to.match(/^(::ffff:)?127\.0\.0\.50$/);
      const refused = await ask('127.0.0.1', runtime.port).then(
        () => 'answered',
        (error: NodeJS.ErrnoException) => error.code,
      );
      expect(refused, 'a proxy that sends no header').to.equal('ECONNRESET');
    });

    if (keeps) {
      it('sends each client to one worker, over every new connection and WebSocket, and the clients to all', async () => {
        const pids = new Map<string, number>();
        for (const client of CLIENTS) pids.set(client, (await ask(client)).seen.pid);
        expect(new Set(pids.values()).size).to.equal(2);
        for (const client of CLIENTS) {
          expect((await ask(client)).seen.pid, client).to.equal(pids.get(client));
          const { seen, socket } = await openWebSocket(client);
          expect(seen.pid, `WebSocket of ${client}`).to.equal(pids.get(client));
          socket.terminate();
        }
      });
    }

    it('loses nothing in a reload behind it', async () => {
      const load = new Load({ port: haproxy.port }, keepAliveGets({ connections: 16 }));
      try {
        await until('100 responses', () => load.tally.responses >= 100);
        const last = (await runtime.reload()).at(-1);
        expect(last?.outcome, last?.detail).to.equal('done');
        const before = load.tally.responses;
        await until('100 more', () => load.tally.responses >= before + 100);
      } finally {
        await load.stop();
      }
      expectNothingLost(load.tally);
    });
  });
}
