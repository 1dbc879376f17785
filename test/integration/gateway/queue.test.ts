import { expect } from 'chai';
import type { LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { until } from '../../helpers/runtime.ts';
import { ask } from './load.ts';
import { OK, RawUpstream, type SeenRequest, startGateway } from './raw-upstream.ts';

describe('Gateway: the queue', () => {
  let first: RawUpstream;
  let second: RawUpstream;
  let balancer: LoadBalancer | undefined;

  beforeEach(async () => {
    first = await RawUpstream.start();
    second = await RawUpstream.start();
  });

  afterEach(async () => {
    await balancer?.close({ drainMs: 0 });
    await Promise.all([first.stop(), second.stop()]);
  });

  it('no worker sees more than maxconn at once, and all 200 clients are answered', async () => {
    const started = await startGateway({ maxconn: 10 }, first, second);
    balancer = started.balancer;
    const most = [0, 0];
    [first, second].forEach((upstream, index) => {
      let now = 0;
      upstream.answer = ({ socket }) => {
        now += 1;
        most[index] = Math.max(most[index] as number, now);
        setImmediate(() => {
          now -= 1;
          socket.write(OK);
        });
        return undefined;
      };
    });
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(started.port)));
    expect(answers.map((answer) => answer.status)).to.deep.equal(Array(200).fill(200));
    expect(Math.max(...most)).to.be.at.most(10);
    expect(balancer.status()).to.include({ queued: 0, shed: 0 });
  });

  it('who came first is served first', async () => {
    const started = await startGateway({ maxconn: 1 }, first);
    balancer = started.balancer;
    const waiting: SeenRequest[] = [];
    first.answer = (request) => {
      waiting.push(request);
      return undefined;
    };
    const clients: RawConnection[] = [];
    for (let index = 0; index < 12; index++) {
      const client = await RawConnection.open(started.port);
      client.request(`GET /${index} HTTP/1.1`, 'Host: x');
      clients.push(client);
      await until('it waits', () => balancer?.status().queued === index);
    }
    for (let index = 0; index < 12; index++) {
      await until('the next is there', () => waiting.length === index + 1);
      waiting[index]?.socket.write(OK);
    }
    expect(waiting.map(({ head }) => head.split(' ')[1])).to.deep.equal(clients.map((_, index) => `/${index}`));
    for (const client of clients) client.close();
  });

  it('who waits too long gets 503, and who finds the queue full at once', async () => {
    const started = await startGateway({ maxconn: 1, maxqueue: 1, timeouts: { queueMs: 300 } }, first);
    balancer = started.balancer;
    first.answer = () => undefined;
    const served = await RawConnection.open(started.port);
    served.request('GET / HTTP/1.1', 'Host: x');
    await until('it is being served', () => first.requests.length === 1);
    const waiting = ask(started.port);
    await until('the next one waits', () => balancer?.status().queued === 1);
    const shed = await ask(started.port);
    expect(shed.status).to.equal(503);
    expect(shed.text).to.contain('"code":"QUEUE_FULL"').and.to.contain('Retry-After: 1\r\n');
    const late = await waiting;
    expect(late.status).to.equal(503);
    expect(late.text).to.contain('"code":"QUEUE_TIMEOUT"').and.to.contain('Retry-After: 1\r\n');
    expect(balancer.status()).to.include({ queued: 0, shed: 1 });
    served.close();
  });

  it('who goes away leaves its place', async () => {
    const started = await startGateway({ maxconn: 1 }, first);
    balancer = started.balancer;
    first.answer = () => undefined;
    const served = await RawConnection.open(started.port);
    served.request('GET / HTTP/1.1', 'Host: x');
    await until('it is being served', () => first.requests.length === 1);
    const waiting = await RawConnection.open(started.port);
    waiting.request('GET /left HTTP/1.1', 'Host: x');
    await until('the next one waits', () => balancer?.status().queued === 1);
    waiting.close();
    await until('it waits no more', () => balancer?.status().queued === 0);
    served.close();
    await until('the claim has ended', () => balancer?.status().upstreams[0]?.active === 0);
    expect(first.received).to.not.contain('/left');
  });
});
