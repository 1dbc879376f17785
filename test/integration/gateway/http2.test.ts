import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ForwardedIdentity } from '../../../src/ipc/forwarded-identity.ts';
import type { AccessEntry, LoadBalancer, LoadBalancerOptions } from '../../../src/scaling/gateway/index.ts';
import { askHttp2, http2Session } from '../../helpers/http2-client.ts';
import { ROOT, until } from '../../helpers/runtime.ts';
import { OK, RawUpstream, startGateway } from './raw-upstream.ts';

const CERTIFICATES = path.join(ROOT, 'test/apps/tls');
const tls = { certFile: path.join(CERTIFICATES, 'cert.pem'), keyFile: path.join(CERTIFICATES, 'key.pem') };
const SECRET = 'a secret of some length';
const POST = { ':method': 'POST' };

describe('Gateway: HTTP/2', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer;
  let session: ClientHttp2Session;
  let log: AccessEntry[];

  beforeEach(async () => {
    upstream = await RawUpstream.start();
    log = [];
  });
  afterEach(async () => {
    session?.destroy();
    await balancer?.close({ drainMs: 0 });
    await upstream.stop();
  });

  async function start(options: Omit<LoadBalancerOptions, 'upstreams'> = {}, ...more: RawUpstream[]): Promise<number> {
    const started = await startGateway({ tls, onAccess: (entry) => log.push(entry), ...options }, upstream, ...more);
    ({ balancer } = started);
    session = http2Session(started.port);
    return started.port;
  }

  it('requests become requests of HTTP/1.1 under the same rules', async () => {
    await start({ identitySecret: SECRET });
    const fields = {
      cookie: ['a=1', 'b=2'],
      te: 'trailers',
      'x-forwarded-for': '6.6.6.6',
      via: '1.1 x',
      'x_tidegate-client': 'me',
    };
    const { fields: got, body } = await askHttp2(session, '/a?b', { fields });
    expect([got[':status'], got.via, body]).to.deep.equal([200, '1.1 tidegate', 'ok']);
    const [line, ...lines] = upstream.head.split('\r\n');
    expect(line).to.equal('GET /a?b HTTP/1.1');
    const host = /127\.0\.0\.1:\d+/.exec(upstream.head)?.[0];
    const identity = String(lines.find((one) => one.startsWith('x-tidegate-client: '))).slice(19);
    expect(lines.filter((one) => !one.startsWith('x-tidegate-client: ')).sort()).to.deep.equal(
      [
        '',
        '',
        'Connection: TE',
        `Forwarded: for=127.0.0.1;host="${host}";proto=https`,
        `Host: ${host}`,
        'TE: trailers',
        'Via: 1.1 x, 2 tidegate',
        'X-Forwarded-For: 127.0.0.1',
        `X-Forwarded-Host: ${host}`,
        'X-Forwarded-Proto: https',
        'cookie: a=1; b=2',
      ].sort(),
    );
    expect(new ForwardedIdentity(SECRET).read(identity)).to.include({ address: '127.0.0.1', proto: 'https' });
  });

  it('is not spoken when it is switched off, and is told of WebSockets that they go by HTTP/1.1', async () => {
    const port = await start();
    await once(session, 'remoteSettings');
    expect(session.remoteSettings).to.include({ enableConnectProtocol: false, maxConcurrentStreams: 100 });
    const off = await startGateway({ tls: { ...tls, http2: false } }, upstream);
    const refused = http2Session(off.port);
    const [error] = (await once(refused, 'error').catch((reason) => [reason])) as [NodeJS.ErrnoException];
    await off.balancer.close({ drainMs: 0 });
    expect(error.code).to.match(/^(ERR_SSL|ERR_HTTP2|ECONNRESET)/);
    expect(port).not.to.equal(off.port);
  });

  it('bodies go through both ways, with their length or in chunks', async () => {
    await start();
    upstream.answer = ({ body }) =>
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const known = await askHttp2(session, '/', { fields: { ...POST, 'content-length': '5' }, body: 'hello' });
    expect(known.body).to.equal('hello');
    expect(upstream.head).to.include('Content-Length: 5\r\n');
    expect(known.fields).not.to.have.any.keys('transfer-encoding', 'connection');
    upstream.answer = ({ body }) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const unknown = await askHttp2(session, '/', { fields: POST, body: 'hello' });
    expect(unknown.body).to.equal('5\r\nhello\r\n0\r\n\r\n');
  });

  it('trailers go through both ways, as gRPC needs them', async () => {
    await start();
    upstream.answer = () =>
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\ngrpc-status: 0\r\nContent-Type: no\r\n\r\n';
    const { trailers, body, code } = await askHttp2(session, '/', {
      fields: { ...POST, te: 'trailers' },
      body: 'x',
      trailers: { 'x-end': 'yes', expires: '0' },
    });
    expect([Object.entries(trailers ?? {}), body, code]).to.deep.equal([[['grpc-status', '0']], 'ok', 0]);
    expect(upstream.requests.at(-1)?.body).to.equal('1\r\nx\r\n0\r\nx-end: yes\r\n\r\n');
  });

  it('answers without a body have none, and keep what they say of one', async () => {
    await start();
    upstream.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n';
    const head = await askHttp2(session, '/', { fields: { ':method': 'HEAD' } });
    expect([head.fields['content-length'], head.body, head.code]).to.deep.equal(['9', '', 0]);
    upstream.answer = () => 'HTTP/1.1 204 No Content\r\n\r\n';
    expect((await askHttp2(session, '/')).fields[':status']).to.equal(204);
    upstream.answer = () => 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n';
    expect((await askHttp2(session, '/')).fields).to.include({ ':status': 304, etag: '"x"' });
  });

  it('early hints come before the answer, and a 100 when it was asked for', async () => {
    await start();
    upstream.answer = () => `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`;
    const hinted = await askHttp2(session, '/');
    expect(hinted.interim.map((fields) => [fields[':status'], fields.link])).to.deep.equal([[103, '</a>']]);
    expect([hinted.fields[':status'], hinted.body]).to.deep.equal([200, 'ok']);
    upstream.answer = () => OK;
    upstream.onHead = () => 'HTTP/1.1 100 Continue\r\n\r\n';
    const expecting = session.request({ ':path': '/', ...POST, expect: '100-continue' });
    await once(expecting, 'continue');
    expecting.end('x');
    const [response] = await once(expecting, 'response');
    expect(response[':status']).to.equal(200);
  });

  it('an answer before the end of the body is given whole, and the rest of the body is not wanted', async () => {
    await start();
    upstream.onHead = () => 'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n';
    const stream = session.request({ ':path': '/', ...POST });
    stream.write('a beginning');
    let body = '';
    stream.on('data', (chunk: Buffer) => {
      body += chunk;
    });
    const [response] = await once(stream, 'response');
    await once(stream, 'close');
    expect([response[':status'], body, stream.rstCode]).to.deep.equal([403, 'no', 0]);
    await until('the upstream is left', () => upstream.sockets.size === 0);
  });

  it('what the gateway refuses is answered as a problem, and the connection stays', async () => {
    await start({ maxBodyBytes: 10, limiter: { ratePerSecond: 1, burst: 2 } });
    const tooLong = await askHttp2(session, '/', { fields: POST, body: 'x'.repeat(11) });
    expect([tooLong.fields[':status'], JSON.parse(tooLong.body).code]).to.deep.equal([413, 'BODY_TOO_LARGE']);
    const announced = await askHttp2(session, '/', {
      fields: { ...POST, 'content-length': '11' },
      body: 'x'.repeat(11),
    });
    expect(announced.fields[':status']).to.equal(413);
    const bigHead = await askHttp2(session, '/', { fields: { 'x-big': 'x'.repeat(17_000) } });
    expect([bigHead.fields[':status'], bigHead.code]).to.deep.equal([431, 0]);
    expect((await askHttp2(session, '/')).fields).to.include({ ':status': 200, 'ratelimit-remaining': '0' });
    const limited = await askHttp2(session, '/');
    expect(limited.fields).to.include({ ':status': 429, 'retry-after': '1' });
    expect(log.map(({ status }) => status)).to.deep.equal([413, 413, 431, 200, 429]);
    expect(upstream.requests).to.have.length(1);
    expect(balancer.status()).to.deep.include({ connections: 1 });
  });

  it('are tried elsewhere, pinned by a cookie and counted like the others', async () => {
    const dying = await RawUpstream.start(({ socket }) => {
      socket.destroy();
      return undefined;
    });
    await start({ algorithm: 'round-robin', affinity: { by: 'cookie', secret: SECRET } }, dying);
    const answers = await Promise.all(Array.from({ length: 6 }, () => askHttp2(session, '/')));
    expect(answers.map(({ fields }) => fields[':status'])).to.deep.equal(Array(6).fill(200));
    expect(String(answers[0]?.fields['set-cookie'])).to.match(/^tidegate_affinity=0\./);
    expect(balancer.status().totals).to.include({ connections: 1, requests: 6, http2Requests: 6, refused: 0 });
    expect(balancer.status().totals.retries).to.be.above(0);
    await dying.stop();
  });

  it('wait in one queue with the others', async () => {
    const waiting: (() => void)[] = [];
    upstream.answer = ({ socket }) => {
      waiting.push(() => socket.write(OK));
      return undefined;
    };
    await start({ maxconn: 2, maxqueue: 3 });
    const answers = Array.from({ length: 6 }, () => askHttp2(session, '/'));
    await until('two are there, three wait', () => waiting.length === 2 && balancer.status().queued === 3);
    while (balancer.status().upstreams[0]?.active !== 0 || waiting.length > 0) {
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const statuses = (await Promise.all(answers)).map(({ fields }) => fields[':status']);
    expect(statuses.sort()).to.deep.equal([200, 200, 200, 200, 200, 503]);
  });

  it('an upstream that breaks off within its answer resets the stream, and no other', async () => {
    await start();
    upstream.answer = ({ head, socket }) => {
      if (!head.startsWith('GET /half')) return OK;
      const framing = head.includes('length')
        ? 'Content-Length: 9\r\n\r\nhalf'
        : 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n';
      socket.end(`HTTP/1.1 200 OK\r\n${framing}`);
      return undefined;
    };
    const paths = ['/half-length', '/half-chunked', '/'];
    const answers = await Promise.all(paths.map((one) => askHttp2(session, one)));
    expect(answers.map(({ fields, code }) => [fields[':status'], code])).to.deep.equal([
      [200, 2],
      [200, 2],
      [200, 0],
    ]);
    expect(log.map(({ termination }) => termination).sort()).to.deep.equal(['--', 'SD', 'SD']);
  });

  it('a stream that its client resets aborts the upstream at once', async () => {
    upstream.answer = () => undefined;
    await start();
    const times: number[] = [];
    for (let index = 0; index < 10; index++) {
      upstream.forget();
      const stream = session.request({ ':path': '/' });
      await until('the upstream has it', () => upstream.requests.length === 1);
      const [socket] = upstream.sockets;
      const gone = new Promise<void>((resolve) => socket?.once('close', () => resolve()));
      const atMs = performance.now();
      stream.close(8);
      await gone;
      times.push(performance.now() - atMs);
    }
    expect(times.sort((one, other) => one - other)[5]).to.be.below(100);
    expect(balancer.status().totals.clientAborts).to.equal(10);
    expect(log.at(-1)).to.include({ status: 499, termination: 'CH' });
  });

  it('a client that is gone takes its streams with it', async () => {
    upstream.answer = () => undefined;
    await start();
    for (let index = 0; index < 5; index++) session.request({ ':path': '/' }).on('error', () => {});
    await until('all are there', () => upstream.requests.length === 5);
    session.destroy();
    await until('all are given up', () => upstream.sockets.size === 0 && balancer.status().connections === 0);
    expect(balancer.status().totals.clientAborts).to.equal(5);
  });

  it('a gateway that closes lets streams end, and begins none', async () => {
    upstream.answer = () => undefined;
    await start();
    const answers = Array.from({ length: 4 }, () => askHttp2(session, '/'));
    await until('all are there', () => upstream.requests.length === 4);
    const closed = balancer.close({ drainMs: 10_000 });
    const [code] = await once(session, 'goaway');
    expect([code, session.closed]).to.deep.equal([0, true]);
    for (const socket of upstream.sockets) socket.write(OK);
    expect((await Promise.all(answers)).map(({ body }) => body)).to.deep.equal(Array(4).fill('ok'));
    await closed;
  });

  it('a gateway that closes answers what it has begun, and says of the rest that it has not', async () => {
    await start();
    const codes: number[] = [];
    let [begun, stopped] = [0, false];
    const load = Array.from({ length: 16 }, async () => {
      while (!stopped && !session.closed) {
        begun += 1;
        const { code, fields } = await askHttp2(session, '/');
        codes.push(code === 0 && fields[':status'] !== 200 ? -1 : code);
      }
    });
    await until('100 answers', () => codes.length >= 100);
    await balancer.close({ drainMs: 10_000 });
    stopped = true;
    await Promise.all(load);
    expect(
      codes.every((code) => code === 0 || code === 7),
      String(codes.filter((code) => code !== 0)),
    ).to.equal(true);
    const { requests } = balancer.status().totals;
    expect(codes.filter((code) => code === 0)).to.have.length(requests);
    expect([upstream.requests.length, codes.length]).to.deep.equal([requests, begun]);
  });

  it('a connection without a stream ends when its time is over', async () => {
    await start({ timeouts: { httpKeepAliveMs: 50, httpRequestMs: 50 } });
    const ended = once(session, 'goaway');
    await ended;
    session = http2Session(Number(new URL(String(session.originSet?.[0])).port));
    await askHttp2(session, '/');
    await once(session, 'goaway');
    await until('nobody is left', () => balancer.status().connections === 0);
  });

  it('is understood by curl', async function () {
    const curl = promisify(execFile);
    const features = await curl('curl', ['--version']).then(
      ({ stdout }) => stdout,
      () => '',
    );
    if (!/HTTP2/.test(features)) this.skip(); // curl with HTTP/2
    const port = await start();
    upstream.answer = ({ body }) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const url = `https://127.0.0.1:${port}/`;
    const { stdout } = await curl('curl', [
      '-sk',
      '--http2',
      '-d',
      'from curl',
      '-w',
      ' %{http_version} %{http_code}',
      url,
    ]);
    expect(stdout).to.equal('from curl 2 200');
  });
});
