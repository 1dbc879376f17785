import { expect } from 'chai';
import type { LoadBalancer, LoadBalancerOptions } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { until } from '../../helpers/runtime.ts';
import { RawUpstream, startGateway } from './raw-upstream.ts';

describe('Gateway: bodies are there before an upstream is taken', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer | undefined;
  let port: number;

  beforeEach(async () => {
    upstream = await RawUpstream.start();
  });

  afterEach(async () => {
    await balancer?.close({ drainMs: 0 });
    await upstream.stop();
  });

  async function start(options: Omit<LoadBalancerOptions, 'upstreams'> = {}): Promise<void> {
    ({ balancer, port } = await startGateway(options, upstream));
  }

  async function post(...lines: readonly string[]): Promise<RawConnection> {
    const client = await RawConnection.open(port);
    client.request('POST / HTTP/1.1', 'Host: x', ...lines);
    return client;
  }

  it('a slow body takes no place from others, and goes on in one piece', async () => {
    await start({ maxconn: 1 });
    const slow = await post('Content-Length: 10');
    slow.socket.write('half ');
    const quick = await RawConnection.open(port);
    quick.request('GET /quick HTTP/1.1', 'Host: x');
    await quick.until(/ok$/);
    expect(upstream.received).to.match(/^GET \/quick /);
    expect(balancer?.status().upstreams[0]).to.include({ active: 0, requests: 1 });
    slow.socket.write('whole');
    await slow.until(/ok$/);
    expect(upstream.requests[1]?.body).to.equal('half whole');
    quick.close();
    slow.close();
  });

  it('what is put together byte by byte is what was sent, and the next request follows it', async () => {
    await start();
    const body = 'a body that comes byte by byte, longer than what is set aside for it at first. '.repeat(8);
    const client = await post(`Content-Length: ${body.length}`);
    for (const character of body) {
      client.socket.write(character);
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.request('GET /next HTTP/1.1', 'Host: x');
    await until('both are answered', () => upstream.requests.length === 2);
    expect(upstream.requests[0]?.body).to.equal(body);
    expect(upstream.requests[1]?.head).to.match(/^GET \/next /);
    client.close();
  });

  it('of a long body the beginning is enough', async () => {
    await start({ holdBody: { bytes: 100 } });
    const client = await post('Content-Length: 1000');
    client.socket.write('x'.repeat(99));
    await until('it is read', () => balancer?.status().totals.requests === 1);
    expect(upstream.received).to.equal('');
    client.socket.write('x');
    await until('it is passed on', () => upstream.received.endsWith('x'.repeat(100)));
    client.close();
  });

  it('bodies beyond the memory for all are passed on as they come', async () => {
    await start({ holdBody: { totalBytes: 10 } });
    const first = await post('Content-Length: 100');
    first.socket.write('123456');
    const second = await post('Content-Length: 100');
    second.socket.write('abcdef');
    await until('the second is passed on', () => upstream.received.endsWith('abcdef'));
    expect(upstream.received).not.to.include('123456');
    first.close();
    await until('it is gone', () => balancer?.status().connections === 1);
    const third = await post('Content-Length: 100');
    third.socket.write('third');
    const probe = await RawConnection.open(port);
    probe.request('GET /probe HTTP/1.1', 'Host: x');
    await probe.until(/ok$/);
    expect(upstream.received, 'there is room again').not.to.include('third');
    for (const client of [second, third, probe]) client.close();
  });

  it('with 0 bytes nothing is held', async () => {
    await start({ holdBody: { bytes: 0 } });
    const client = await post('Content-Length: 10');
    client.socket.write('part');
    await until('it is passed on', () => upstream.received.endsWith('part'));
    client.close();
  });

  it('who waits for a 100 gets it from the upstream', async () => {
    await start();
    upstream.onHead = () => 'HTTP/1.1 100 Continue\r\n\r\n';
    const client = await post('Content-Length: 4', 'Expect: 100-continue');
    await client.until(/^HTTP\/1\.1 100 /);
    client.socket.write('body');
    await client.until(/ok$/);
    client.close();
  });

  it('one that does not come in time is answered with 408, however it trickles, and no upstream has heard of it', async () => {
    await start({ timeouts: { clientMs: 300 } });
    const client = await post('Content-Length: 1000');
    const trickle = setInterval(() => client.socket.write('x'), 50);
    await client.untilEnd();
    clearInterval(trickle);
    expect(client.received).to.match(/^HTTP\/1\.1 408 .*"code":"REQUEST_TIMEOUT"/s);
    expect(upstream.received).to.equal('');
    expect(balancer?.status().upstreams[0]).to.include({ active: 0, requests: 0 });
  });

  it('a body that waited in the queue for long goes on when its turn comes', async () => {
    await start({ maxconn: 1 });
    upstream.answer = () => undefined;
    const first = await RawConnection.open(port);
    first.request('GET /first HTTP/1.1', 'Host: x');
    await until('the only place is taken', () => upstream.requests.length === 1);
    const body = 'b'.repeat(1_000_000);
    const second = await post(`Content-Length: ${body.length}`);
    second.socket.write(body);
    await until('it waits', () => balancer?.status().queued === 1);
    upstream.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    upstream.requests[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await second.until(/ok$/);
    expect(upstream.requests[1]?.body.length).to.equal(body.length);
    first.close();
    second.close();
  });
});
