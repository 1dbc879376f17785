import { expect } from 'chai';
import type { LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { until } from '../../helpers/runtime.ts';
import { OK, RawUpstream, startGateway } from './raw-upstream.ts';

const CLIENTS = 200;
const MAXCONN = 10;
const ROUNDS = 10;
const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('Gateway: 200 clients at a queue for two workers of 10 places each', () => {
  let upstreams: RawUpstream[];
  let balancer: LoadBalancer;
  let clients: RawConnection[] = [];

  beforeEach(async () => {
    upstreams = [await RawUpstream.start(), await RawUpstream.start()];
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    await balancer.close({ drainMs: 0 });
    await Promise.all(upstreams.map((upstream) => upstream.stop()));
  });

  it('all get the same, however long it goes on, and no worker ever has more than its places', async () => {
    const started = await startGateway({ maxconn: MAXCONN }, ...upstreams);
    balancer = started.balancer;
    let mostAtOnce = 0;
    for (const upstream of upstreams) {
      let now = 0;
      upstream.answer = ({ socket }) => {
        now += 1;
        mostAtOnce = Math.max(mostAtOnce, now);
        // Long enough for the gateway to fill every place.
        setTimeout(() => {
          now -= 1;
          socket.write(OK);
        }, 3);
        return undefined;
      };
    }
    const answered = new Array<number>(CLIENTS).fill(0);
    const total = (): number => answered.reduce((sum, count) => sum + count, 0);
    clients = await Promise.all(Array.from({ length: CLIENTS }, () => RawConnection.open(started.port)));
    let spread = 0;
    // Those whose connections are accepted first have a start over the others: it is counted from when all are there.
    let counting = false;
    clients.forEach((client, index) => {
      // A client asks again as soon as it has its answer, so whoever is passed over falls behind.
      client.socket.on('data', () => {
        if (!client.received.endsWith('\r\n\r\nok')) return;
        client.received = '';
        answered[index] = (answered[index] as number) + 1;
        if (!counting && Math.min(...answered) > 0) {
          counting = true;
          answered.fill(0);
        }
        if (counting) spread = Math.max(spread, Math.max(...answered) - Math.min(...answered));
        if (!counting || total() < CLIENTS * ROUNDS) client.socket.write(REQUEST);
      });
      client.socket.write(REQUEST);
    });
    await until('all rounds are over', () => counting && total() >= CLIENTS * ROUNDS);
    expect(mostAtOnce).to.equal(MAXCONN);
    // Two from the places that they have at a time; three leave room for what is on its way.
    expect(spread).to.be.at.most(3);
    await until('nobody waits', () => balancer.status().queued === 0);
    expect(balancer.status().shed).to.equal(0);
  });
});
