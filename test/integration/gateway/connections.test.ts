import { expect } from 'chai';
import type { LoadBalancer, LoadBalancerOptions } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { until } from '../../helpers/runtime.ts';
import { OK, RawUpstream, startGateway } from './raw-upstream.ts';

describe('Gateway: connections', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer;
  let port: number;

  async function start(options: Omit<LoadBalancerOptions, 'upstreams'> = {}): Promise<void> {
    ({ balancer, port } = await startGateway(options, upstream));
  }

  beforeEach(async () => {
    upstream = await RawUpstream.start(({ head }) => {
      const target = head.split(' ')[1] as string;
      return `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`;
    });
  });

  afterEach(async () => {
    await balancer.close({ drainMs: 0 });
    await upstream.stop();
  });

  it('several requests of one client go over one connection each way', async () => {
    await start();
    const client = await RawConnection.open(port);
    for (const target of ['/1', '/2', '/3']) {
      client.request(`GET ${target} HTTP/1.1`, 'Host: x');
      await client.until(new RegExp(`${target}$`));
    }
    expect(upstream.sockets.size).to.equal(1);
    expect(balancer.status().totals).to.include({ connections: 1, requests: 3 });
    client.close();
  });

  it('pipelined requests are answered in order', async () => {
    await start();
    const client = await RawConnection.open(port);
    const targets = Array.from({ length: 50 }, (_, index) => `/${index}`);
    client.socket.write(targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    await client.until(/\/49$/);
    expect([...client.received.matchAll(/\r\n\r\n(\/\d+)/g)].map((match) => match[1])).to.deep.equal(targets);
    client.close();
  });

  it('pipelined requests with bodies are told apart', async () => {
    await start();
    const client = await RawConnection.open(port);
    client.socket.write(
      'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcPOST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '2\r\nhi\r\n0\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    await client.untilEnd();
    expect(upstream.requests.map((request) => request.body)).to.deep.equal(['abc', '2\r\nhi\r\n0\r\n\r\n', '']);
  });

  it('a request may come byte by byte', async () => {
    await start();
    const client = await RawConnection.open(port);
    for (const octet of 'POST /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX-T: 1\r\n\r\n') {
      client.socket.write(octet);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.until(/\/slow$/);
    expect(upstream.requests[0]?.body).to.match(/abc\r\n0\r\nX-T: 1\r\n\r\n$/);
    client.close();
  });

  it('a response may come byte by byte', async () => {
    await start();
    const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX-T: 1\r\n\r\n';
    upstream.answer = ({ socket }) => {
      void (async () => {
        for (const octet of text) {
          socket.write(octet);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      return undefined;
    };
    const client = await RawConnection.open(port);
    client.request('GET / HTTP/1.1', 'Host: x', 'Connection: close');
    await client.untilEnd();
    expect(client.received).to.match(/3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n$/);
  });

  it('Expect: 100-continue is answered by the upstream, then the body is sent', async () => {
    await start();
    upstream.onHead = () => 'HTTP/1.1 100 Continue\r\n\r\n';
    const client = await RawConnection.open(port);
    client.request('POST /c HTTP/1.1', 'Host: x', 'Expect: 100-continue', 'Content-Length: 4');
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.socket.write('body');
    await client.until(/\/c$/);
    expect(upstream.requests[0]?.body).to.equal('body');
    client.close();
  });

  it('Expect: 100-continue may be refused without the body', async () => {
    await start();
    upstream.onHead = () => 'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n';
    const client = await RawConnection.open(port);
    client.request('POST /c HTTP/1.1', 'Host: x', 'Expect: 100-continue', 'Content-Length: 4');
    await client.until(/^HTTP\/1\.1 417 .*Connection: close/s);
    expect(upstream.requests).to.have.length(0);
    client.close();
  });

  it('an early response is passed, and the connections are not used again', async () => {
    await start();
    upstream.onHead = () => 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig';
    const client = await RawConnection.open(port);
    client.request('POST /c HTTP/1.1', 'Host: x', 'Content-Length: 1000000');
    client.socket.write('x'.repeat(20_000));
    await client.untilEnd();
    expect(client.received).to.match(/^HTTP\/1\.1 413 .*Connection: close\r\n.*\r\n\r\nbig$/s);
    await until('the upstream connection is closed', () => upstream.closed === 1);
  });

  it('a client that goes away is told to the upstream within 100 ms', async () => {
    await start();
    upstream.answer = () => undefined;
    const client = await RawConnection.open(port);
    client.request('GET /hang HTTP/1.1', 'Host: x');
    await until('the request is there', () => upstream.requests.length === 1);
    let closedAfterMs = Number.NaN;
    const leftMs = performance.now();
    upstream.requests[0]?.socket.on('close', () => {
      closedAfterMs = performance.now() - leftMs;
    });
    client.close();
    await until('the upstream is told', () => !Number.isNaN(closedAfterMs));
    expect(closedAfterMs).to.be.below(100);
    expect(balancer.status().upstreams[0]).to.include({ active: 0 });
    expect(balancer.status().totals.clientAborts).to.equal(1);
  });

  it('so is one that goes away within its body', async () => {
    await start();
    const client = await RawConnection.open(port);
    client.request('POST /part HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked');
    client.socket.write('9\r\npart');
    await until('the part is there', () => upstream.received.endsWith('part'));
    client.close();
    await until('the upstream is told', () => upstream.closed === 1);
    expect(upstream.requests).to.have.length(0);
  });

  it('and one that goes away within the response', async () => {
    await start();
    upstream.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart';
    const client = await RawConnection.open(port);
    client.request('GET / HTTP/1.1', 'Host: x');
    await client.until(/part$/);
    client.close();
    await until('the upstream is told', () => upstream.closed === 1);
  });

  it('a client that ends its side counts as gone, as with Node', async () => {
    await start();
    upstream.answer = () => undefined;
    const client = await RawConnection.open(port, { allowHalfOpen: true });
    client.request('GET / HTTP/1.1', 'Host: x');
    await until('the request is there', () => upstream.requests.length === 1);
    client.socket.end();
    await until('the upstream is told', () => upstream.closed === 1);
    client.close();
  });

  it('with halfClose "serve" it is answered', async () => {
    await start({ halfClose: 'serve' });
    upstream.answer = () => undefined;
    const client = await RawConnection.open(port, { allowHalfOpen: true });
    client.request('GET / HTTP/1.1', 'Host: x');
    client.socket.end();
    await until('the request is there', () => upstream.requests.length === 1);
    upstream.requests[0]?.socket.write(OK);
    await client.untilEnd();
    expect(client.received).to.match(/ok$/);
  });

  it('a client that ends within a head hears 400', async () => {
    await start();
    const client = await RawConnection.open(port, { allowHalfOpen: true });
    client.socket.end('GET / HTTP/1.1\r\nHo');
    await client.untilEnd();
    expect(client.received).to.match(/^HTTP\/1\.1 400 /);
    expect(upstream.received).to.equal('');
  });

  it('a head that does not come to its end in time is answered with 408', async () => {
    await start({ timeouts: { httpRequestMs: 300 } });
    const client = await RawConnection.open(port);
    client.socket.write('GET / HTTP/1.1\r\n');
    const trickle = setInterval(() => client.socket.write('X-A: b\r\n'), 50);
    await client.untilEnd();
    clearInterval(trickle);
    expect(client.received).to.match(/^HTTP\/1\.1 408 /);
  });

  it('an idle connection is ended without a word', async () => {
    await start({ timeouts: { httpKeepAliveMs: 200 } });
    const client = await RawConnection.open(port);
    client.request('GET /a HTTP/1.1', 'Host: x');
    await client.until(/\/a$/);
    const before = client.received;
    await client.untilEnd();
    expect(client.received).to.equal(before);
  });

  it('a body that stops coming is answered with 408, and the upstream let go', async () => {
    await start({ timeouts: { clientMs: 200 } });
    const client = await RawConnection.open(port);
    client.request('POST / HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked');
    client.socket.write('a\r\nhalf');
    await client.untilEnd();
    expect(client.received).to.match(/^HTTP\/1\.1 408 /);
    await until('the upstream is let go', () => upstream.closed === 1);
  });

  it('an upstream that does not answer gives 504', async () => {
    await start({ timeouts: { serverMs: 200 } });
    upstream.answer = () => undefined;
    const client = await RawConnection.open(port);
    client.request('POST / HTTP/1.1', 'Host: x');
    await client.until(/^HTTP\/1\.1 504 .*"code":"SERVER_TIMEOUT"/s);
    client.close();
  });

  it('a head of more than the limit is answered with 431', async () => {
    await start({ maxHeadBytes: 1000 });
    const client = await RawConnection.open(port);
    client.request('GET / HTTP/1.1', 'Host: x', `X-A: ${'a'.repeat(1000)}`);
    await client.untilEnd();
    expect(client.received).to.match(/^HTTP\/1\.1 431 /);
    expect(upstream.received).to.equal('');
  });

  it('a body that is announced as too long is refused before it comes', async () => {
    await start({ maxBodyBytes: 10 });
    const client = await RawConnection.open(port);
    client.request('POST / HTTP/1.1', 'Host: x', 'Content-Length: 11');
    await client.untilEnd();
    expect(client.received).to.match(/^HTTP\/1\.1 413 /);
    expect(upstream.received).to.equal('');
  });

  it('chunks that become too long are refused, and the upstream gets no end', async () => {
    await start({ maxBodyBytes: 10 });
    const client = await RawConnection.open(port);
    client.request('POST / HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked');
    client.socket.write('8\r\n12345678\r\n');
    await until('the first part is there', () => upstream.received.endsWith('12345678\r\n'));
    client.socket.write('8\r\n12345678\r\n0\r\n\r\n');
    await client.untilEnd();
    expect(client.received).to.match(/^HTTP\/1\.1 413 /);
    expect(upstream.requests).to.have.length(0);
  });

  it('an upgrade is passed both ways, with what came too early', async () => {
    await start();
    upstream.answer = ({ socket }) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-A: 1\r\n\r\nhello');
      return undefined;
    };
    const client = await RawConnection.open(port);
    client.request('GET /up HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: echo');
    await client.until(
      /^HTTP\/1\.1 101 Switching Protocols\r\nX-A: 1\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello$/,
    );
    const before = upstream.received.length;
    client.socket.write('GET / HTTP/1.1\n\n\0 is no request here');
    await until(
      'it is there as it is',
      () => upstream.received.slice(before) === 'GET / HTTP/1.1\n\n\0 is no request here',
    );
    client.socket.end();
    await until('the end is passed on', () => upstream.closed === 1);
    await client.untilEnd();
    await until('the claim has ended', () => balancer.status().upstreams[0]?.active === 0);
  });

  it('an upgrade may be refused, and the connection goes on with HTTP', async () => {
    await start();
    const client = await RawConnection.open(port);
    client.request('GET /no HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket');
    await client.until(/\/no$/);
    client.request('GET /yes HTTP/1.1', 'Host: x');
    await client.until(/\/yes$/);
    client.close();
  });

  it('who believes a trusted peer passes on what it says of the client', async () => {
    await start({ trustedProxies: ['127.0.0.0/8'] });
    const client = await RawConnection.open(port);
    client.request(
      'GET / HTTP/1.1',
      'Host: x',
      'X-Forwarded-For: 9.9.9.9',
      'X-Forwarded-Proto: https',
      'Forwarded: for=9.9.9.9',
    );
    await client.until(/\/$/);
    expect(upstream.head).to.contain('X-Forwarded-For: 9.9.9.9, 127.0.0.1\r\n');
    expect(upstream.head).to.contain('X-Forwarded-Proto: https\r\n').and.not.contain('X-Forwarded-Proto: http\r\n');
    expect(upstream.head).to.contain('Forwarded: for=9.9.9.9, for=127.0.0.1;host="x";proto=http\r\n');
    client.close();
  });

  it('closing a second time cuts what is left, and both calls come to their end', async () => {
    await start();
    upstream.answer = () => undefined;
    const client = await RawConnection.open(port);
    client.request('GET / HTTP/1.1', 'Host: x');
    await until('the request is there', () => upstream.requests.length === 1);
    await Promise.all([balancer.close(), balancer.close()]);
    await client.untilEnd();
    expect(client.received).to.equal('');
  });

  it('closing lets the request under way end, and refuses new connections', async () => {
    await start();
    upstream.answer = () => undefined;
    const idle = await RawConnection.open(port);
    const client = await RawConnection.open(port);
    client.request('GET / HTTP/1.1', 'Host: x');
    await until('the request is there', () => upstream.requests.length === 1);
    const closed = balancer.close();
    await idle.untilEnd();
    upstream.requests[0]?.socket.write(OK);
    await client.untilEnd();
    expect(client.received).to.match(/Connection: close\r\n.*ok$/s);
    await closed;
    const refused = await RawConnection.open(port).then(
      () => 'accepted',
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(refused).to.equal('ECONNREFUSED');
  });
});
