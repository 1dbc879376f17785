import { once } from 'node:events';
import http2 from 'node:http2';
import { expect } from 'chai';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { ACCEPT_MODES } from '../helpers/accept-modes.ts';
import { askEveryWorker, askJson, type Identity } from '../helpers/http-json.ts';
import { fixture, Runtime, type RuntimeOptions, until } from '../helpers/runtime.ts';

const WORKERS = 2;

for (const mode of ACCEPT_MODES) {
  describe(`frameworks and protocols, unmodified (${mode.title})`, function () {
    this.timeout(60_000);
    let runtime: Runtime;
    afterEach(() => runtime?.kill());

    async function start(script: string, options: RuntimeOptions = {}, workers = WORKERS): Promise<void> {
      runtime = await Runtime.start(fixture(script), {
        ...options,
        args: ['-i', String(workers)],
        env: { ...mode.env, ...options.env },
      });
    }

    /** What holds for an answer of any app, over a connection that the client knows as `localPort`. */
    function expectWorker(identity: Identity, localPort?: number): void {
      expect(identity).to.include({ isWorker: true, localPort: runtime.port });
      expect(identity.remoteAddress).to.match(/^(::ffff:)?127\.0\.0\.1$/);
      if (localPort !== undefined) expect(identity.remotePort).to.equal(localPort);
    }

    it('plain node:http in CommonJS: every worker answers', async () => {
      await start('http.cjs', {}, 4);
      const answers = await askEveryWorker(4, async () => (await askJson({ port: runtime.port })).body);
      for (const answer of answers) expectWorker(answer);
      expect(answers.map(({ slot }) => slot).sort()).to.deep.equal(['0', '1', '2', '3']);
    });

    it('Express in an ES module: routes, a JSON body, and an upgrade answered as an ordinary request', async () => {
      await start('express.mjs');
      for (const answer of await askEveryWorker(
        WORKERS,
        async () => (await askJson<Identity & { ip: string; protocol: string }>({ port: runtime.port })).body,
      )) {
        expectWorker(answer);
        expect(answer).to.include({ ip: answer.remoteAddress, protocol: 'http' });
      }
      const { body } = await askJson({ port: runtime.port, path: '/echo' }, { some: ['thing', 1] });
      expect(body).to.deep.include({ body: { some: ['thing', 1] } });
      const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket' };
      const unheeded = await askJson({ port: runtime.port, headers: upgrade });
      expect(unheeded.status, 'an upgrade that nobody listens for').to.equal(200);
    });

    it('Fastify: its servers on 127.0.0.1 and ::1 both answer', async () => {
      await start('fastify.mjs');
      for (const answer of await askEveryWorker(WORKERS, async () => (await askJson({ port: runtime.port })).body)) {
        expectWorker(answer);
      }
      const { addresses } = (await askJson<{ addresses: { address: string }[] }>({ port: runtime.port })).body;
      for (const { address } of addresses) {
        expect((await askJson({ port: runtime.port, host: address })).body).to.include({ localAddress: address });
      }
      const { body } = await askJson({ port: runtime.port, path: '/echo' }, { some: 'thing' });
      expect(body).to.deep.include({ body: { some: 'thing' } });
    });

    it('https', async () => {
      await start('https.cjs');
      const answers = await askEveryWorker(WORKERS, async () => {
        const target = { port: runtime.port, protocol: 'https:', servername: 'localhost', rejectUnauthorized: false };
        return (await askJson(target)).body;
      });
      for (const answer of answers) {
        expectWorker(answer);
        expect(answer).to.include({ encrypted: true, protocol: 'TLSv1.3', servername: 'localhost' });
      }
    });

    for (const { name, url, env } of [
      { name: 'in cleartext', url: 'http', env: {} },
      { name: 'over TLS', url: 'https', env: { HTTP2_MODE: 'secure' } },
    ]) {
      it(`HTTP/2 ${name}: many streams on one connection, on every worker`, async () => {
        await start('http2.cjs', { env });
        const sessions: http2.ClientHttp2Session[] = [];
        const answers = await askEveryWorker(WORKERS, async () => {
          const session = http2.connect(`${url}://127.0.0.1:${runtime.port}`, { rejectUnauthorized: false });
          sessions.push(session);
          const streams = await Promise.all(Array.from({ length: 5 }, () => askStream(session)));
          const pids = new Set(streams.map(({ pid }) => pid));
          expect(pids).to.have.lengthOf(1);
          for (const stream of streams) expect(stream.remotePort).to.equal(session.socket.localPort);
          return streams[0] as Identity;
        });
        for (const answer of answers) {
          expectWorker(answer);
          expect(answer).to.include({ httpVersion: '2.0' });
        }
        for (const session of sessions) session.close();
        if (url === 'http') return;
        const older = await askJson({ port: runtime.port, protocol: 'https:', rejectUnauthorized: false });
        expect(older.body, 'an HTTP/1.1 client').to.include({ httpVersion: '1.1' });
      });
    }

    it('ws: text and binary messages come back; a stop closes with 1012', async () => {
      await start('ws.cjs', { env: { WEBSOCKET_CLOSE_JITTER_MS: '0' } });
      const sockets: WebSocket[] = [];
      const answers = await askEveryWorker(WORKERS, async () => {
        const socket = new WebSocket(`ws://127.0.0.1:${runtime.port}/some/path`);
        sockets.push(socket);
        const [greeting] = (await once(socket, 'message')) as [Buffer];
        return JSON.parse(greeting.toString()) as Identity;
      });
      for (const answer of answers) {
        expectWorker(answer);
        expect(answer).to.include({ path: '/some/path' });
      }
      for (const [message, isBinary] of [
        ['some text', false],
        [Buffer.from([0, 1, 255]), true],
      ] as const) {
        const replies = sockets.map((socket) => once(socket, 'message'));
        for (const socket of sockets) socket.send(message);
        for (const reply of await Promise.all(replies)) expect(reply).to.deep.equal([Buffer.from(message), isBinary]);
      }
      const closings = sockets.map((socket) => once(socket, 'close'));
      runtime.process.kill('SIGTERM');
      for (const [code] of await Promise.all(closings)) expect(code).to.equal(1012);
      expect(await runtime.exited).to.deep.equal({ code: 0, signal: null });
    });

    it('socket.io over the websocket transport: events and acknowledgements', async () => {
      await start('socketio.mjs');
      const sockets: ReturnType<typeof io>[] = [];
      try {
        await askEveryWorker(WORKERS, async () => {
          const socket = io(`http://127.0.0.1:${runtime.port}`, { transports: ['websocket'], forceNew: true });
          sockets.push(socket);
          const identity = await new Promise<Identity>((resolve, reject) => {
            socket.once('identity', resolve).once('connect_error', reject);
          });
          expectWorker(identity);
          expect(await socket.emitWithAck('echo', { some: 'thing' })).to.deep.equal({
            data: { some: 'thing' },
            pid: identity.pid,
          });
          return identity;
        });
        const heard = new Set<unknown>();
        for (const socket of sockets) socket.once('said', ({ text }) => heard.add(text));
        sockets[0]?.emit('say', 'hello');
        await until('a broadcast within the worker', () => heard.has('hello'));
      } finally {
        for (const socket of sockets) socket.disconnect();
      }
    });
  });
}

async function askStream(session: http2.ClientHttp2Session): Promise<Identity> {
  const stream = session.request({ ':path': '/sleep?ms=20' });
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return JSON.parse(text) as Identity;
}
