import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import type { ServerLimits } from '../../src/scaling/management/http-server.ts';
import { ScalingServer } from '../../src/scaling/scaling-server.ts';
import { send, sendRaw } from '../helpers/management-client.ts';
import { MemoryServices } from '../helpers/management-services.ts';

const SEED = 20_240_607;
/** test/e2e/bad-input sends more, to the whole runtime. */
const RANDOM_REQUESTS = 2_000;
const AT_ONCE = 50;

/** Mulberry32: the same bytes on every run. */
function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Pure noise, or noise after the beginning of something valid, so that every layer gets its share. */
function randomBytes(random: () => number, port: number): Buffer {
  const host = `Host: 127.0.0.1:${port}\r\n`;
  const beginnings = [
    '',
    'GET /',
    'POST /scaling/manual HTTP/1.1\r\n',
    `GET /cluster/status HTTP/1.1\r\n${host}`,
    `POST /scaling/manual HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 40\r\n\r\n`,
    `POST /scaling/manual HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  ];
  const beginning = beginnings[Math.floor(random() * beginnings.length)] as string;
  const noise = Uint8Array.from({ length: 1 + Math.floor(random() * 200) }, () => random() * 256);
  return Buffer.concat([Buffer.from(beginning), noise]);
}

/** Unlike `once`, content with a reset. */
function closeOf(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

describe('the control API under broken and hostile clients', () => {
  let services: MemoryServices;
  let server: ScalingServer;
  let port: number;

  async function start(limits: Partial<ServerLimits> = {}): Promise<void> {
    services = new MemoryServices();
    server = new ScalingServer(services, { limits });
    ({ port } = await server.listenTcp('127.0.0.1', 0));
  }
  afterEach(() => server.close(1_000));

  async function opened(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  it(`survives ${RANDOM_REQUESTS} requests of random bytes and changes nothing`, async () => {
    await start();
    const random = randomSource(SEED);
    let sent = 0;
    const statuses = new Map<string, number>();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (sent < RANDOM_REQUESTS) {
          sent += 1;
          if (sent % 500 === 0) expect((await send({ port }, '/health')).status).to.equal(200);
          const status = /^HTTP\/1\.1 (\d{3}) /.exec(await sendRaw(port, randomBytes(random, port)))?.[1] ?? 'closed';
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }),
    );
    expect([...statuses.values()].reduce((sum, count) => sum + count)).to.equal(RANDOM_REQUESTS);
    // Some noise is so broken that the connection just closes; nothing gets as far as a success or a fault of ours.
    expect([...statuses.keys()].filter((status) => !/^4|closed/.test(status))).to.deep.equal([]);
    expect(statuses.get('400')).to.be.greaterThan(RANDOM_REQUESTS / 2);
    expect(services.pins).to.deep.equal([]);
    expect((await send({ port }, '/cluster/status')).status).to.equal(200);
  });

  it('answers garbage with a problem and closes', async () => {
    await start();
    const [head = '', body = ''] = (await sendRaw(port, 'BLURB\r\n\r\n')).split('\r\n\r\n');
    expect(head)
      .to.match(/^HTTP\/1.1 400 Bad request\r\n/)
      .and.include('application/problem+json');
    expect(JSON.parse(body)).to.include({ status: 400, code: 'BAD_REQUEST' });
  });

  it('refuses both a length and chunks, as smugglers send them', async () => {
    await start();
    const smuggled = `POST /scaling/resume HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    expect(await sendRaw(port, smuggled)).to.match(/^HTTP\/1.1 400 /);
  });

  it('answers a head above 16 KB with 431', async () => {
    await start();
    const head = `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await sendRaw(port, head))
      .to.match(/^HTTP\/1.1 431 /)
      .and.include('HEADERS_TOO_LARGE');
  });

  it('gives up on a head that does not come to its end', async () => {
    await start({ headersTimeoutMs: 50 });
    const socket = await opened();
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write('GET /health HTTP/1.1\r\nHost: ');
    await closeOf(socket);
    expect(answer)
      .to.match(/^HTTP\/1.1 408 /)
      .and.include('REQUEST_TIMEOUT');
  });

  it('gives up on a body that does not come to its end', async () => {
    await start({ headersTimeoutMs: 50, requestTimeoutMs: 100 });
    const socket = await opened();
    socket.resume();
    const head = `POST /scaling/manual HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`;
    socket.write(head);
    await closeOf(socket);
    expect(services.pins).to.deep.equal([]);
  });

  it('gives up on a client that does not take its answer', async () => {
    await start({ answerTimeoutMs: 50 });
    const size = 64_000_000;
    const asked = new Promise<void>((resolve) => {
      services.exposeWork = async () => {
        resolve();
        return 'x'.repeat(size);
      };
    });
    const socket = await opened();
    socket.pause();
    socket.write(`GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    await asked;
    await server.close(60_000);
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    socket.resume();
    await closeOf(socket);
    expect(received).to.be.lessThan(size);
  });

  it('closes connections above its limit and serves again when there is room', async () => {
    await start({ maxConnections: 3 });
    const held = await Promise.all([opened(), opened(), opened()]);
    const statusOrCode = (): Promise<number | string | undefined> =>
      send({ port }, '/health').then(
        ({ status }) => status,
        ({ code }: NodeJS.ErrnoException) => code,
      );
    expect(await statusOrCode()).to.equal('ECONNRESET');
    for (const socket of held) socket.destroy();
    while ((await statusOrCode()) !== 200) await turn();
  });

  it('closes although clients hold connections that never spoke or are idle', async () => {
    await start();
    const silent = await opened();
    const agent = new Agent({ keepAlive: true });
    const first = request({ host: '127.0.0.1', port, path: '/health', agent });
    first.end();
    const [response] = await once(first, 'response');
    await once(response.resume(), 'end');
    const silentClosed = closeOf(silent);
    await server.close(60_000);
    await silentClosed;
    agent.destroy();
  });

  it('lets an answer under way finish when it closes, and cuts it at the deadline', async () => {
    await start();
    let finish: (text: string) => void = () => {};
    let reached: () => void = () => {};
    const underWay = new Promise<void>((resolve) => {
      reached = resolve;
    });
    services.exposeWork = () =>
      new Promise((resolve) => {
        finish = resolve;
        reached();
      });
    const answer = send({ port }, '/metrics', { headers: { Connection: 'keep-alive' } });
    await underWay;
    const closed = server.close(60_000);
    finish('late 1\n');
    expect((await answer).text).to.equal('late 1\n');
    await closed;

    await start();
    const again = new Promise<void>((resolve) => {
      services.exposeWork = () => new Promise(() => resolve());
    });
    const cut = send({ port }, '/metrics').catch((error: NodeJS.ErrnoException) => error.code);
    await again;
    await server.close(0);
    expect(await cut).to.equal('ECONNRESET');
  });

  it('says which port is taken', async () => {
    await start();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port: takenPort } = taken.address() as AddressInfo;
    const error = await server.listenTcp('127.0.0.1', takenPort).catch((thrown: Error & { code: string }) => thrown);
    expect(error).to.include({ code: 'MANAGEMENT_PORT_IN_USE' });
    expect((error as Error).message).to.include(`MANAGEMENT_PORT=${takenPort} is taken on 127.0.0.1`);
    taken.close();
  });
});
