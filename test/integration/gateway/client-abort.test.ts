import { expect } from 'chai';
import type { LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { until } from '../../helpers/runtime.ts';
import { RawUpstream, startGateway } from './raw-upstream.ts';

/** What the gateway may take to pass on that the client is gone. */
const MOST_MS = 100;
const CLIENTS = 20;

describe('Gateway: clients that go away', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer;
  let port: number;

  beforeEach(async () => {
    upstream = await RawUpstream.start(() => undefined);
    ({ balancer, port } = await startGateway({}, upstream));
  });

  afterEach(async () => {
    await balancer.close({ drainMs: 0 });
    await upstream.stop();
  });

  /** From the client's end to the upstream's knowledge of it; the median of many, so that one hiccup of the machine says nothing. */
  async function abortTimes(begin: (client: RawConnection) => unknown, underWay: () => boolean): Promise<number> {
    const times: number[] = [];
    for (let index = 0; index < CLIENTS; index++) {
      upstream.forget();
      const closedBefore = upstream.closed;
      const client = await RawConnection.open(port);
      begin(client);
      await until('the upstream has it', underWay);
      const [socket] = upstream.sockets;
      const atMs = performance.now();
      const gone = new Promise<void>((resolve) => socket?.once('close', () => resolve()));
      client.close();
      await gone;
      times.push(performance.now() - atMs);
      await until('it is counted', () => upstream.closed === closedBefore + 1);
    }
    return times.sort((a, b) => a - b)[CLIENTS >> 1] as number;
  }

  it('while they wait: the upstream is aborted at once', async () => {
    const median = await abortTimes(
      (client) => client.request('GET / HTTP/1.1', 'Host: x'),
      () => upstream.requests.length === 1,
    );
    expect(median).to.be.below(MOST_MS);
    expect(balancer.status().totals.clientAborts).to.equal(CLIENTS);
  });

  it('within their body, likewise', async () => {
    const median = await abortTimes(
      (client) => client.socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello'),
      () => upstream.received.endsWith('hello') && upstream.sockets.size === 1,
    );
    expect(median).to.be.below(MOST_MS);
  });

  it('within the response, likewise', async () => {
    upstream.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello';
    const median = await abortTimes(
      (client) => client.request('GET / HTTP/1.1', 'Host: x'),
      () => upstream.requests.length === 1,
    );
    expect(median).to.be.below(MOST_MS);
    expect(balancer.status().upstreams[0]).to.include({ active: 0, idleConnections: 0 });
  });
});
