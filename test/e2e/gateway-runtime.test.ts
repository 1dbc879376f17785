import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { ask } from '../helpers/ask.ts';
import { Load } from '../helpers/load.ts';
import { keepAlive, keepAliveGets, perRequest } from '../helpers/load-clients.ts';
import { commandOf, isAlive, processesOf } from '../helpers/processes.ts';
import { fixture, ROOT, Runtime, until } from '../helpers/runtime.ts';
import { WebSocketClients } from '../helpers/websocket-clients.ts';
import { expectNothingLost, receiptsSince, startQuiet } from '../helpers/zero-loss.ts';
import { describeZeroLoss } from '../helpers/zero-loss-scenarios.ts';

const HTTP_MODE = { LB_MODE: 'http' };
const ALGORITHM = 'least-connections';

describeZeroLoss({
  title: '32 keep-alive connections through the gateway',
  algorithm: ALGORITHM,
  env: HTTP_MODE,
  clients: () => keepAlive({ connections: 32 }),
});

describe('an app behind the gateway', function () {
  this.timeout(60_000);
  let runtime: Runtime;

  afterEach(() => runtime.stop());

  it('sees its clients, its port and its headers as on plain Node, whatever a client claims', async () => {
    runtime = await startQuiet('client-view.cjs', { algorithm: ALGORITHM, env: HTTP_MODE });
    const socket = connect(runtime.port, '127.0.0.1');
    await once(socket, 'connect');
    const { localPort } = socket;
    const head = `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Tidegate-Client: 6.6.6.6 1 https 443 forged\r\n\r\n`;
    socket.write(head);
    let received = '';
    for await (const chunk of socket.setEncoding('utf8')) received += chunk;
    const seen = JSON.parse(received.slice(received.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;
    expect(seen).to.include({ remoteAddress: '127.0.0.1', encrypted: false, localPort: runtime.port });
    expect(seen.remotePort).to.equal(localPort);
    expect(JSON.stringify(seen)).not.to.match(/tidegate-client|6\.6\.6\.6/i);
    expect(seen.address).to.deep.include({ port: runtime.port });
  });

  it('loses no request that may be repeated when a worker is killed', async () => {
    runtime = await startQuiet('slow.cjs', { algorithm: ALGORITHM, env: HTTP_MODE, workers: 3 });
    const load = new Load(runtime, [...keepAliveGets({ connections: 16 }), ...perRequest({ clients: 8 })]);
    try {
      await until('300 responses', () => load.tally.responses >= 300, 20_000);
      const [worker] = await runtime.ready();
      await until('an old enough worker', () => Date.now() - Number(worker?.readyAtMs) > 1_500);
      process.kill(Number(worker?.pid), 'SIGKILL');
      await until('600 more responses', () => load.tally.responses >= 900, 20_000);
    } finally {
      await load.stop();
    }
    expectNothingLost(load.tally);
  });

  it('gets what was sent to it while it was busy, although its idle connections were overdue by then', async () => {
    runtime = await startQuiet('short-keep-alive.cjs', { algorithm: ALGORITHM, env: HTTP_MODE, workers: 1 });
    const idle = Array.from({ length: 2 }, async () => (await fetch(`${runtime.url}/wait`)).text());
    expect(await Promise.all(idle)).to.deep.equal(['waited', 'waited']);
    const blocked = fetch(`${runtime.url}/block?ms=1600`);
    await runtime.waitForLog(/blocking/);
    const posted = await fetch(`${runtime.url}/echo`, { method: 'POST', body: 'once only' });
    expect(await posted.text()).to.equal('once only');
    expect((await blocked).status).to.equal(200);
  });

  it('has a worker that leaves until its gateway knows of it, however late that is', async () => {
    runtime = await startQuiet('slow.cjs', { algorithm: ALGORITHM, env: HTTP_MODE });
    const gateway = Number(processesOf(runtime.directory).find((pid) => commandOf(pid).includes('gateway-process')));
    const sleeps = Array.from({ length: 20 }, async () => (await fetch(`${runtime.url}/sleep?ms=100`)).status);
    expect(new Set(await Promise.all(sleeps))).to.deep.equal(new Set([200]));
    process.kill(gateway, 'SIGSTOP');
    const posts = Array.from({ length: 20 }, async (_, index) => {
      const response = await fetch(`${runtime.url}/echo`, { method: 'POST', body: String(index) });
      return `${response.status} ${await response.text()}`;
    });
    const stoppedAtMs = Date.now();
    await runtime.api('POST', '/scaling/manual', { instances: 1, force: true });
    await until('a second and a half', () => Date.now() - stoppedAtMs > 1_500);
    process.kill(gateway, 'SIGCONT');
    expect(await Promise.all(posts)).to.deep.equal(posts.map((_, index) => `200 ${index}`));
    await runtime.waitForWorkers(1);
    const [receipt] = await receiptsSince(runtime, stoppedAtMs, 'scale-down', 1);
    expect(receipt, JSON.stringify(receipt)).to.include({ cut: 0, closedByClient: 0 });
  });

  it('is served again at once when a gateway process is killed', async () => {
    runtime = await startQuiet('slow.cjs', { algorithm: ALGORITHM, env: { ...HTTP_MODE, GATEWAY_PROCESSES: '2' } });
    const gateways = (): number[] =>
      processesOf(runtime.directory).filter((pid) => commandOf(pid).includes('gateway-process'));
    expect(gateways()).to.have.length(2);
    process.kill(Number(gateways()[0]), 'SIGKILL');
    await runtime.waitForLog(/a gateway process ended \(SIGKILL\)/);
    for (let request = 0; request < 20; request += 1) expect((await fetch(runtime.url)).status).to.equal(200);
    await until('two gateway processes', () => gateways().length === 2);
  });

  it('keeps its WebSockets, which are asked to reconnect (1012) when their worker leaves', async () => {
    runtime = await startQuiet('ws.cjs', {
      algorithm: ALGORITHM,
      env: { ...HTTP_MODE, WEBSOCKET_CLOSE_JITTER_MS: '300' },
    });
    const clients = new WebSocketClients(runtime.port, 40);
    try {
      await until('all WebSockets open', () => clients.greeted === 40);
      await runtime.scale(1);
      await until('all WebSockets open again', () => clients.greeted === 40 && clients.closes.length > 0);
      expect(clients.errors).to.deep.equal([]);
      expect(new Set(clients.closes.map(({ code }) => code))).to.deep.equal(new Set([1012]));
    } finally {
      clients.stop();
    }
  });

  it('knows that its clients speak TLS, which the gateway ends', async () => {
    const [certFile, keyFile] = ['cert.pem', 'key.pem'].map((name) => path.join(ROOT, 'test/apps/tls', name));
    const env = { ...HTTP_MODE, GATEWAY_TLS_CERT_FILE: String(certFile), GATEWAY_TLS_KEY_FILE: String(keyFile) };
    runtime = await startQuiet('client-view.cjs', { algorithm: ALGORITHM, env, workers: 1 });
    const { status, body } = await ask(`https://127.0.0.1:${runtime.port}/`);
    expect(status).to.equal(200);
    const seen = JSON.parse(body);
    expect(seen).to.include({ encrypted: true, remoteAddress: '127.0.0.1', localPort: runtime.port });
    expect(seen.headers).to.include({ 'x-forwarded-proto': 'https' });
  });

  it('is not behind it with a server that speaks something else', async () => {
    runtime = await startQuiet('net-echo.cjs', { algorithm: ALGORITHM, env: HTTP_MODE });
    const socket = connect(runtime.port, '127.0.0.1');
    socket.write('hello');
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString();
    });
    await until('the echo', () => received.endsWith('\nhello'));
    socket.destroy();
  });
});

describe('a runtime in http mode', function () {
  this.timeout(60_000);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`answers what its clients have asked and leaves nothing behind on ${signal}`, async () => {
      const runtime = await startQuiet('slow.cjs', { algorithm: ALGORITHM, env: HTTP_MODE });
      const pids = (await runtime.ready()).map(({ pid }) => Number(pid));
      const load = new Load(runtime, [...keepAlive({ connections: 16 }), ...perRequest({ clients: 8 })]);
      let signalAtMs = 0;
      try {
        await until('300 responses', () => load.tally.responses >= 300, 20_000);
        signalAtMs = Date.now();
        runtime.process.kill(signal);
        expect(await runtime.exited).to.deep.equal({ code: 0, signal: null });
      } finally {
        await load.stop();
        await runtime.kill();
      }
      expect(load.tally.losses.filter((loss) => loss.connectedAtMs < signalAtMs)).to.deep.equal([]);
      for (const pid of pids) expect(isAlive(pid), `worker ${pid}`).to.equal(false);
      expect(processesOf(runtime.directory), 'processes left').to.deep.equal([]);
    });
  }

  it('says which workers its gateway knows', async () => {
    const runtime = await Runtime.start(fixture('http.cjs'), { args: ['-i', '2'], env: HTTP_MODE });
    try {
      const status = await until('a status of the gateway', async () => {
        const { body } = await runtime.api<{ gateways: { upstreams: { name: string; state: string }[] }[] }>(
          'GET',
          '/loadbalancer/status',
        );
        return body.gateways.length === 1 && body.gateways[0]?.upstreams.length === 2 && body;
      });
      expect(status).to.include({ mode: 'http', algorithm: 'least-connections', accept: 'gateway' });
      expect(status.gateways[0]?.upstreams.map(({ state }) => state)).to.deep.equal(['up', 'up']);
    } finally {
      await runtime.stop();
    }
  });
});
