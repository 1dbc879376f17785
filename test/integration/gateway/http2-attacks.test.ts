import path from 'node:path';
import { expect } from 'chai';
import type { LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { FLAG, FRAME, FrameClient, frame, headerBlock } from '../../helpers/http2-frames.ts';
import { ROOT, until } from '../../helpers/runtime.ts';
import { OK, RawUpstream, startGateway } from './raw-upstream.ts';

const CERTIFICATES = path.join(ROOT, 'test/apps/tls');
const tls = { certFile: path.join(CERTIFICATES, 'cert.pem'), keyFile: path.join(CERTIFICATES, 'key.pem') };
const REQUEST = [':method', 'GET', ':scheme', 'https', ':authority', 'a.example', ':path', '/'];
const [PROTOCOL_ERROR, REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM] = [1, 7, 8, 11];

function request(changes: Readonly<Record<string, string>>, ...more: string[]): string[] {
  const fields = REQUEST.map((one, index) => (index % 2 === 0 ? one : (changes[REQUEST[index - 1] as string] ?? one)));
  return [...fields, ...more];
}

describe('Gateway: attacks by HTTP/2', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer;
  let client: FrameClient;

  beforeEach(async () => {
    upstream = await RawUpstream.start();
    const started = await startGateway({ tls }, upstream);
    ({ balancer } = started);
    client = await FrameClient.open(started.port);
  });
  afterEach(async () => {
    client.socket.destroy();
    await balancer.close({ drainMs: 0 });
    await upstream.stop();
  });

  const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
  const smuggling: Readonly<Record<string, readonly string[]>> = {
    'CR and LF in a value': request({}, 'x', `a\r\n\r\n${SMUGGLED}`),
    'LF in a value': request({}, 'x', `a\n\n${SMUGGLED}`),
    'NUL in a value': request({}, 'x', 'a\0b'),
    'CR and LF in a name': request({}, `x: y\r\n\r\n${SMUGGLED}z`, '1'),
    'a colon in a name': request({}, 'transfer-encoding: chunked\r\nx', '1'),
    'upper case in a name': request({}, 'Transfer-Encoding', 'chunked'),
    'a request line in :path': request({ ':path': `/ HTTP/1.1\r\nHost: a\r\n\r\n${SMUGGLED}` }),
    'a blank in :path': request({ ':path': '/smuggled HTTP/1.1' }),
    'an absolute :path': request({ ':path': 'https://smuggled.example/' }),
    'a request line in :method': request({ ':method': `GET / HTTP/1.1\r\nHost: a\r\n\r\n${SMUGGLED}` }),
    'CR and LF in :authority': request({ ':authority': `a\r\n\r\n${SMUGGLED}` }),
    'an :authority with a path': request({ ':authority': 'a.example/smuggled' }),
    'a host other than :authority': request({}, 'host', 'smuggled.example'),
    'CR and LF in :scheme': request({ ':scheme': `https\r\n${SMUGGLED}` }),
    'transfer-encoding': request({}, 'transfer-encoding', 'chunked'),
    connection: request({}, 'connection', 'host'),
    upgrade: request({}, 'upgrade', 'h2c'),
    'a length without a body': request({}, 'content-length', String(SMUGGLED.length)),
    'two lengths': request({}, 'content-length', '0', 'content-length', '5'),
    'a length that is none': request({}, 'content-length', '0x5'),
    ':protocol': request({ ':method': 'CONNECT' }, ':protocol', 'websocket'),
    'no :path': [':method', 'GET', ':scheme', 'https', ':authority', 'a'],
  };
  for (const [what, fields] of Object.entries(smuggling)) {
    it(`${what} never reaches the upstream`, async () => {
      client.request(1, fields);
      client.request(3, REQUEST);
      await until('the next request is answered', () => client.answered(3) || client.closed);
      expect(client.answered(3), 'the connection stays').to.equal(true);
      await until('it is refused or cut', () => client.codes(1).length > 0 || client.answered(1));
      expect(upstream.received).not.to.match(/smuggled|transfer-encoding|HTTP\/1\.1[^\r]|[^\r]\n|\0|upgrade/i);
      // Nothing but requests that the gateway has counted.
      expect(upstream.received.match(/ HTTP\/1\.1\r\n/g)).to.have.length(balancer.status().totals.requests);
    });
  }

  it('a body that is longer or shorter than announced never makes a whole request', async () => {
    client.request(1, request({ ':method': 'POST' }, 'content-length', '50'), FLAG.endHeaders);
    client.send(FRAME.data, FLAG.endStream, 1, Buffer.from('ab'));
    await until('it is reset', () => client.codes(1).length > 0);
    expect(client.codes(1)).to.deep.equal([PROTOCOL_ERROR]);
    client.request(3, request({ ':method': 'POST' }, 'content-length', '2'), FLAG.endHeaders);
    client.send(FRAME.data, FLAG.endStream, 3, Buffer.from(`ab${SMUGGLED}`));
    await until('it is reset, or the whole connection (Node 24)', () => client.codes(3).length > 0 || client.closed);
    await until('the upstream is left', () => upstream.sockets.size === 0);
    expect(upstream.received).not.to.include('smuggled');
    expect(upstream.requests).to.have.length(0);
  });

  it('trailers that would be a request are not passed on', async () => {
    client.request(1, request({ ':method': 'POST' }), FLAG.endHeaders);
    client.request(1, ['x', `a\r\n\r\n${SMUGGLED}`]);
    client.request(3, request({ ':method': 'POST' }), FLAG.endHeaders);
    client.request(3, ['content-length', '5']);
    await until('both have ended', () => [1, 3].every((one) => client.codes(one).length > 0 || client.answered(one)));
    expect(upstream.received).not.to.match(/smuggled|content-length/i);
  });

  it('who resets all that it asks for is told to calm down, and the upstream is left', async () => {
    upstream.answer = () => undefined;
    for (let stream = 1; stream < 2 * 2_000 && !client.closed; stream += 2) {
      client.request(stream, REQUEST);
      client.send(FRAME.rst, 0, stream, Buffer.from([0, 0, 0, CANCEL]));
      if (stream % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
    }
    await until('the end', () => client.closed);
    expect(client.codes(0)).to.deep.equal([ENHANCE_YOUR_CALM]);
    await until('nobody is left', () => upstream.sockets.size === 0 && balancer.status().connections === 0);
    expect(balancer.status().totals.requests).to.be.at.most(300);
  });

  it('more streams at once than allowed are refused, the others served', async () => {
    upstream.answer = () => undefined;
    for (let index = 0; index < 110; index++) client.request(1 + 2 * index, REQUEST);
    await until('a hundred', () => upstream.requests.length === 100);
    await until('the ten too many', () => client.codes(219).length > 0);
    expect([client.codes(201), client.codes(219)]).to.deep.equal([[REFUSED_STREAM], [REFUSED_STREAM]]);
    for (const socket of upstream.sockets) socket.write(OK);
    await until('the answers', () => client.answered(1) && client.answered(199));
    expect(balancer.status().totals.requests).to.equal(100);
  });

  it('who knows how many streams are allowed and opens more is cut off', async () => {
    upstream.answer = () => undefined;
    await until('the settings', () => client.frames.some(({ type }) => type === FRAME.settings));
    client.send(FRAME.settings, FLAG.ack, 0);
    for (let index = 0; index < 101; index++) client.request(1 + 2 * index, REQUEST);
    await until('the end', () => client.closed);
    await until('nobody is left', () => upstream.sockets.size === 0);
    expect(balancer.status().totals.requests).to.be.at.most(100);
  });

  it('a head without an end is not waited for, nor kept', async () => {
    client.send(FRAME.headers, FLAG.endStream, 1, headerBlock(REQUEST));
    const piece = headerBlock(['x', 'y'.repeat(16_000)]);
    for (let count = 0; count < 100 && !client.closed; count++) {
      client.send(FRAME.continuation, 0, 1, piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until('the end', () => client.closed);
    expect(upstream.received).to.equal('');
    await until('nobody is left', () => balancer.status().connections === 0);
  });

  for (const [what, type, payload] of [
    ['pings', FRAME.ping, Buffer.alloc(8)],
    ['settings', FRAME.settings, Buffer.alloc(0)],
  ] as const) {
    it(`who sends ${what} and does not read what they are answered with is cut off`, async () => {
      client.socket.pause();
      const many = Buffer.concat(Array.from({ length: 5_000 }, () => frame(type, 0, 0, payload)));
      await until('the end', () => {
        if (!client.socket.writableNeedDrain) client.socket.write(many);
        return balancer.status().connections === 0;
      });
    });
  }

  it('frames against the rules, again and again, end the connection', async () => {
    for (let index = 0; index < 2_000 && !client.closed; index++) {
      client.request(1 + 2 * index, request({}, 'connection', 'close'));
      if (index % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
    }
    await until('the end', () => client.closed);
    expect(upstream.received).to.equal('');
  });
});
