import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { ask } from '../helpers/ask.ts';
import { freePort } from '../helpers/free-port.ts';
import { AddressServer, HAPROXY_MISSING, Haproxy, hostOf } from '../helpers/haproxy.ts';
import { fixture, ROOT, Runtime, until } from '../helpers/runtime.ts';
import { SteadyLoad } from '../helpers/steady-load.ts';

const HOSTS = ['127.0.0.2', '127.0.0.3'] as const;

describe(`haproxy.cfg before two instances${HAPROXY_MISSING}`, function () {
  this.timeout(30_000);
  const dns = new AddressServer(HOSTS);
  const runtimes = new Map<string, Runtime>();
  const started: Haproxy[] = [];
  let haproxy: Haproxy;
  let appEnv: Readonly<Record<string, string>>;
  let port = 0;
  let directory = '';

  const startApp = async (host: string): Promise<void> => {
    const env = { HOST: host, CLUSTER_ENABLED: 'false', WEBSOCKET_CLOSE_JITTER_MS: '0' };
    runtimes.set(host, await Runtime.start(fixture('behind-proxy.cjs'), { port, env }));
  };
  const start = async (servers: number, env: Readonly<Record<string, string>> = {}): Promise<Haproxy> => {
    const one = await Haproxy.start(servers, { ...appEnv, ...env });
    started.push(one);
    return one;
  };
  /** Opens a WebSocket: which server it is on, and the cookie that it was given. */
  const webSocket = async (cookie = ''): Promise<{ host: string; cookie: string; socket: WebSocket }> => {
    const socket = new WebSocket(`ws://127.0.0.1:${haproxy.httpPort}/`, { headers: cookie === '' ? {} : { cookie } });
    const upgraded = once(socket, 'upgrade');
    const [message] = await once(socket, 'message');
    const [response] = await upgraded;
    const given = (response.headers['set-cookie'] ?? []).map((line: string) => line.split(';')[0]).join('; ');
    return { host: String(message), cookie: given, socket };
  };

  before(async function () {
    if (HAPROXY_MISSING !== '') return this.skip();
    port = await freePort();
    appEnv = { DNS_SERVER: await dns.listen(), APP_PORT: String(port) };
    await Promise.all(HOSTS.map(startApp));
    // HAProxy reads a certificate and its key from one file.
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-certificate-'));
    const tls = path.join(directory, 'both.pem');
    writeFileSync(
      tls,
      ['cert.pem', 'key.pem'].map((name) => readFileSync(path.join(ROOT, 'test/apps/tls', name))).join(''),
    );
    haproxy = await start(2, { TLS_CERTIFICATE: tls, STATS_PASSWORD: 'open sesame' });
  });

  after(async () => {
    await Promise.all(started.map((one) => one.stop()));
    await Promise.all([...runtimes.values()].map((runtime) => runtime.stop()));
    if (HAPROXY_MISSING === '') dns.close();
    if (directory !== '') rmSync(directory, { recursive: true });
  });

  it('finds the instances by DNS, and gives both the same part', async () => {
    expect(await haproxy.up()).to.deep.equal(HOSTS);
    const served = new Map<string, number>();
    for (let request = 0; request < 60; request += 1) {
      const host = await hostOf(haproxy.url);
      served.set(host, (served.get(host) ?? 0) + 1);
    }
    for (const host of HOSTS) expect(served.get(host), host).to.be.within(24, 36);
  });

  it('tells the app who asks, and believes nothing that the client says of it', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https', forwarded: 'for=192.0.2.1' };
    const seen = JSON.parse((await ask(haproxy.url, { headers })).body).headers;
    expect(seen).to.include({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
    expect(seen).not.to.have.property('forwarded');
  });

  it('adds security headers, to its own answers too', async () => {
    for (const url of [haproxy.url, `https://127.0.0.1:${haproxy.httpsPort}/`]) {
      const { headers } = await ask(url);
      expect(headers).to.include({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'strict-origin-when-cross-origin',
      });
      expect(headers).not.to.have.any.keys('server', 'x-powered-by', 'keep-alive');
      expect('strict-transport-security' in headers).to.equal(url.startsWith('https'));
    }
    const without = new AddressServer([]);
    const empty = await start(0, { DNS_SERVER: await without.listen() });
    const { status, headers } = await until('it answers', () => ask(empty.url).catch(() => undefined));
    without.close();
    expect(status).to.equal(503);
    expect(headers).to.include({
      'x-content-type-options': 'nosniff',
      'retry-after': '5',
      'content-type': 'application/problem+json',
    });
  });

  it('speaks HTTP/2 over TLS, and no TLS older than 1.2', async () => {
    const session = connectHttp2(`https://127.0.0.1:${haproxy.httpsPort}`, { rejectUnauthorized: false });
    const request = session.request({ ':path': '/' });
    const [headers] = await once(request, 'response');
    request.resume().close();
    session.close();
    expect(headers[':status']).to.equal(200);
    const old = connectTls({
      port: haproxy.httpsPort,
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const [error] = await once(old, 'error');
    expect(error.code).to.match(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|ECONNRESET/);
  });

  it('compresses what is worth it, and passes events on as they come', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    expect((await ask(`${haproxy.url}/large`, { headers })).headers['content-encoding']).to.equal('gzip');
    const answer = await fetch(`${haproxy.url}/events`, { headers: { ...headers, accept: 'text/event-stream' } });
    const reader = answer.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(answer.headers.get('content-encoding')).to.equal(null);
    expect(new TextDecoder().decode(value)).to.match(/^data: 127\.0\.0\.[23]\n\n/);
    await reader?.cancel();
  });

  it('brings a WebSocket back to the instance it was on, by a cookie', async () => {
    const first = await webSocket();
    const others = [];
    for (let again = 0; again < 6; again += 1) others.push(await webSocket(first.cookie));
    expect(others.map(({ host }) => host)).to.deep.equal(Array(6).fill(first.host));
    const strangers = [];
    for (let again = 0; again < 2; again += 1) strangers.push(await webSocket());
    // The other one has fewer connections by far.
    expect(strangers.map(({ host }) => host)).not.to.include(first.host);
    for (const { socket } of [first, ...others, ...strangers]) socket.terminate();
  });

  it('shows its statistics to who has the password, and its figures to Prometheus', async () => {
    const stats = `http://127.0.0.1:${haproxy.statsPort}/stats`;
    expect((await ask(stats)).status).to.equal(401);
    const authorization = `Basic ${Buffer.from('admin:open sesame').toString('base64')}`;
    const page = await ask(stats, { headers: { authorization } });
    expect({ status: page.status, hasServer: page.body.includes('app1') }).to.deep.equal({
      status: 200,
      hasServer: true,
    });
    const metrics = await ask(`http://127.0.0.1:${haproxy.metricsPort}/metrics`);
    expect(metrics.body).to.match(/^haproxy_backend_active_servers\{proxy="app"\} 2$/m);
    expect((await ask(`http://127.0.0.1:${haproxy.statsPort}/haproxy-health`)).status).to.equal(200);
  });

  it('refuses more than so many requests of one client, but never a health check', async () => {
    const strict = await start(2, { RATE_LIMIT_PER_10S: '20' });
    const answers = [];
    for (let request = 0; request < 25; request += 1) answers.push(await ask(strict.url));
    expect(answers.map(({ status }) => status)).to.deep.equal([...Array(20).fill(200), ...Array(5).fill(429)]);
    expect(answers.at(-1)?.headers).to.include({ 'retry-after': '10', 'content-type': 'application/problem+json' });
    expect(JSON.parse(answers.at(-1)?.body ?? '')).to.include({ status: 429, code: 'RATE_LIMITED' });
    expect((await ask(`${strict.url}/health`)).status).to.equal(200);
  });

  it('drains a server by hand: what runs there finishes, what is new goes elsewhere', async () => {
    const slow = Array.from({ length: 4 }, () => ask(`${haproxy.url}/slow?ms=700`));
    const inFlight = async (): Promise<number> =>
      Number(/^CurrConns: (\d+)/m.exec(await haproxy.command('show info'))?.[1]);
    await until('they are on their way', async () => (await inFlight()) >= 4);
    const [drained] = (await haproxy.servers()).filter(({ status }) => status.startsWith('UP'));
    await haproxy.command(`set server app/${drained?.name} state drain`);
    for (let request = 0; request < 10; request += 1) expect(await hostOf(haproxy.url)).not.to.equal(drained?.host);
    const answers = await Promise.all(slow);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => JSON.parse(body).host)).size).to.equal(2);
    await haproxy.command(`set server app/${drained?.name} state ready`);
    await until('both are up', async () => (await haproxy.up()).length === 2);
  });

  it('loses no request when an instance stops, and takes it back when it has started again', async () => {
    const load = new SteadyLoad(`${haproxy.url}/slow?ms=30`, 5);
    load.add(6);
    await until('requests are answered', () => load.answered > 20);
    const [host] = HOSTS;
    await runtimes.get(host)?.stop();
    await until('HAProxy has one', async () => (await haproxy.up()).length === 1);
    await startApp(host);
    await until('HAProxy has two', async () => (await haproxy.up()).length === 2);
    await load.stop();
    expect(load.failures).to.deep.equal([]);
  });

  it('drops what DNS no longer names', async () => {
    dns.addresses = HOSTS.slice(0, 1);
    await until('HAProxy has one', async () => (await haproxy.up()).length === 1);
    dns.addresses = HOSTS;
    await until('HAProxy has two', async () => (await haproxy.up()).length === 2);
  });

  it('finishes what runs when it is told to stop', async () => {
    const [stopping = haproxy] = started;
    // The eighth column: sessions that the app's servers were given so far.
    const given = async (): Promise<number> =>
      Number(/^app,BACKEND,(?:[^,]*,){5}(\d+)/m.exec(await stopping.command('show stat'))?.[1]);
    const before = await given();
    const slow = ask(`${stopping.url}/slow?ms=500`);
    await until('it is on its way', async () => (await given()) > before);
    await stopping.stop('SIGUSR1');
    expect((await slow).status).to.equal(200);
    expect(stopping.process.exitCode).to.equal(0);
  });
});
