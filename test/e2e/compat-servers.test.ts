import { once } from 'node:events';
import tls from 'node:tls';
import { expect } from 'chai';
import { ACCEPT_MODES } from '../helpers/accept-modes.ts';
import { freePort } from '../helpers/free-port.ts';
import { askEveryWorker, askJson, type Identity } from '../helpers/http-json.ts';
import { PlainNode } from '../helpers/plain-node.ts';
import { RawConnection } from '../helpers/raw-connection.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

interface Greeting extends Identity {
  readonly connections: number;
}

async function greet(port: number): Promise<{ connection: RawConnection; greeting: Greeting }> {
  const connection = await RawConnection.open(port, { allowHalfOpen: true });
  const [line] = await connection.until(/^.+\n/);
  return { connection, greeting: JSON.parse(line) as Greeting };
}

interface Handshake {
  readonly pid: number;
  readonly reused: boolean;
  readonly session: Buffer;
}

async function handshake(
  port: number,
  maxVersion: 'TLSv1.2' | 'TLSv1.3',
  session: Buffer | undefined,
): Promise<Handshake> {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion,
    ...(session === undefined ? {} : { session }),
  });
  let ticket: Buffer | undefined;
  socket.on('session', (latest) => {
    ticket = latest;
  });
  await once(socket, 'secureConnect');
  const reused = socket.isSessionReused();
  socket.end('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += chunk;
  const { pid } = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as Identity;
  return { pid, reused, session: ticket ?? (socket.getSession() as Buffer) };
}

async function lifeOnPlainNode(): Promise<unknown> {
  const app = new PlainNode(fixture('server-life.cjs'), { env: { LIFE_PORT: String(await freePort()) } });
  try {
    const [, steps = ''] = await app.waitFor(/^life (.+)$/m);
    return JSON.parse(steps);
  } finally {
    await app.kill();
  }
}

for (const mode of ACCEPT_MODES) {
  describe(`servers as on plain Node (${mode.title})`, function () {
    this.timeout(60_000);
    let runtime: Runtime;
    afterEach(() => runtime?.kill());

    async function start(script: string, env: Record<string, string> = {}, workers = 2): Promise<void> {
      runtime = await Runtime.start(fixture(script), { args: ['-i', String(workers)], env: { ...mode.env, ...env } });
    }

    it('listen, close, listen again, a taken port, a foreign address, getConnections, abort: every step is the same', async () => {
      await start('server-life.cjs', { LIFE_PORT: String(await freePort()) });
      const expected = await lifeOnPlainNode();
      const workers = await askEveryWorker(2, async () => {
        return (await askJson<{ pid: number; steps: unknown }>({ port: runtime.port })).body;
      });
      for (const { steps } of workers) expect(steps).to.deep.equal(expected);
    });

    it('node:net: bytes come back, a half-closed connection is answered, maxConnections drops the next', async () => {
      await start('net-echo.cjs', { MAX_CONNECTIONS: '2' });
      const open: Awaited<ReturnType<typeof greet>>[] = [];
      // Two for each worker fill the app; who gets a third of one worker's is dropped, and tries again.
      await until('both workers are full', async () => {
        const attempt = await greet(runtime.port).catch(() => null);
        if (attempt !== null) open.push(attempt);
        return open.length === 4;
      });
      expect(open.map(({ greeting }) => greeting.connections).sort()).to.deep.equal([1, 1, 2, 2]);
      const dropped = await RawConnection.open(runtime.port);
      expect(await dropped.untilEnd()).to.equal('');
      await runtime.waitForLog(`dropped ${dropped.localPort}`);

      for (const { connection, greeting } of open) {
        expect(greeting).to.include({ isWorker: true, remotePort: connection.localPort });
        const from = connection.received.length;
        const bytes = 'some bytes '.repeat(10_000);
        connection.socket.end(bytes);
        expect((await connection.untilEnd()).slice(from)).to.equal(bytes);
        connection.close();
      }
    });

    it('TLS: a session begun with one worker is resumed by the other', async () => {
      await start('https.cjs');
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        const first = await handshake(runtime.port, version, undefined);
        expect(first.reused).to.equal(false);
        const answers = await askEveryWorker(2, () => handshake(runtime.port, version, first.session));
        for (const { reused } of answers) expect(reused, version).to.equal(true);
      }
    });

    it('two servers in one app answer on their own ports, also after a reload', async () => {
      const second = await freePort();
      await start('two-servers.cjs', { PORT2: String(second), CANARY_MS: '0' });
      for (const generation of [1, 2]) {
        if (generation === 2) expect((await runtime.reload()).at(-1)).to.include({ outcome: 'done' });
        for (const [server, port] of [
          ['first', runtime.port],
          ['second', second],
        ] as const) {
          const answers = await askEveryWorker(2, async () => {
            return (await askJson<Identity & { server: string; address: object }>({ port })).body;
          });
          for (const answer of answers) {
            expect(answer).to.include({ server, localPort: port });
            expect(answer.address).to.deep.equal({ address: '::', family: 'IPv6', port });
          }
        }
      }
      expect((await runtime.status()).addresses).to.have.members([`[::]:${runtime.port}`, `[::]:${second}`]);
    });
  });
}
