import { expect } from 'chai';
import type { LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { RawUpstream, startGateway } from './raw-upstream.ts';

describe('Gateway: paths with times and limits of their own', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer;
  let client: RawConnection;
  let port: number;

  beforeEach(async () => {
    upstream = await RawUpstream.start(() => undefined);
    const routes = [
      { path: '/quick', timeouts: { serverMs: 50 } },
      { path: '/small', maxBodyBytes: 4 },
    ];
    const gateway = await startGateway({ routes, timeouts: { serverMs: 30_000 }, retry: { attempts: 0 } }, upstream);
    ({ balancer, port } = gateway);
    client = await RawConnection.open(port);
  });
  afterEach(async () => {
    client.close();
    await balancer.close({ drainMs: 0 });
    await upstream.stop();
  });

  it('a path may be given less time than the others', async () => {
    client.request('GET /quick/one HTTP/1.1', 'Host: x');
    await client.until(/^HTTP\/1\.1 504 [\s\S]*did not answer within 50 ms/);
  });

  it('a path may take less than the others, announced or not', async () => {
    client.socket.write('POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nlarge');
    await client.until(/^HTTP\/1\.1 413 /);
    const other = await RawConnection.open(port);
    other.socket.write('POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nlarge\r\n0\r\n\r\n');
    await other.until(/^HTTP\/1\.1 413 [\s\S]*longer than 4 bytes/);
    other.close();
    expect(upstream.requests).to.have.length(0);
  });

  it('elsewhere what holds for all does', async () => {
    upstream.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    client.socket.write('POST /other HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nlarge');
    await client.until(/ok$/);
  });
});
