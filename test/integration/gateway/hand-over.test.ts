import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import type { AccessEntry, HandOver, LoadBalancer, LoadBalancerOptions } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { until } from '../../helpers/runtime.ts';
import { OK, RawUpstream, startGateway } from './raw-upstream.ts';

const UPGRADE = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket'];
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

describe('Gateway: upgrades whose sockets are handed over', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer;
  let client: RawConnection;
  let port: number;
  let taken: HandOver[];
  let log: AccessEntry[];

  async function start(takes: boolean, options: Omit<LoadBalancerOptions, 'upstreams'> = {}): Promise<void> {
    taken = [];
    log = [];
    upstream = await RawUpstream.start(({ head }) => (/^Upgrade:/m.test(head) ? SWITCHED : undefined));
    upstream.onHead = (head) =>
      /^Upgrade:/m.test(head) ? undefined : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    const onHandOver = (upgrade: HandOver): boolean => {
      taken.push(upgrade);
      return takes;
    };
    const gateway = await startGateway({ onHandOver, onAccess: (entry) => log.push(entry), ...options }, upstream);
    balancer = gateway.balancer;
    port = gateway.port;
    client = await RawConnection.open(port);
  }

  afterEach(async () => {
    client.close();
    for (const { socket } of taken) socket.destroy();
    await balancer.close({ drainMs: 0 });
    await upstream.stop();
  });

  it('go with the head as the upstream would have got it, and nothing reaches the upstream', async () => {
    await start(true);
    client.request('GET /chat HTTP/1.1', ...UPGRADE, 'X-Forwarded-For: 6.6.6.6');
    await until('it is asked', () => taken.length === 1);
    const [upgrade] = taken as [HandOver];
    expect(upgrade.head).to.match(/^GET \/chat HTTP\/1\.1\r\n[\s\S]*Upgrade: websocket\r\n[\s\S]*\r\n\r\n$/);
    expect(upgrade.head).to.include('X-Forwarded-For: 127.0.0.1\r\n').and.not.to.include('6.6.6.6');
    expect(upgrade.origin).to.deep.include({ client: { address: '127.0.0.1', port: client.localPort }, told: false });
    upgrade.socket.write('from elsewhere');
    await client.until(/^from elsewhere$/);
    expect(upstream.received).to.equal('');
    expect(balancer.status().totals).to.include({ upgrades: 1, handedOver: 1 });
    expect(balancer.status().upstreams[0]?.active).to.equal(0);
    expect(log).to.have.length(1);
    expect(log[0]).to.include({ status: 101, termination: '--' });
  });

  it('go from a connection that has been used before', async () => {
    await start(true);
    client.request('GET / HTTP/1.1', 'Host: x');
    await client.until(/ok$/);
    client.request('GET /chat HTTP/1.1', ...UPGRADE);
    await until('it is asked', () => taken.length === 1);
  });

  it('are relayed when nobody takes them', async () => {
    await start(false);
    client.request('GET /chat HTTP/1.1', ...UPGRADE);
    await client.until(/^HTTP\/1\.1 101 /);
    expect([taken.length, balancer.status().totals.handedOver]).to.deep.equal([1, 0]);
  });

  it('are relayed when they are no WebSockets: a request may say that it is an upgrade', async () => {
    await start(true);
    client.request('GET /slow HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: anything');
    await client.until(/^HTTP\/1\.1 101 /);
    expect(taken).to.deep.equal([]);
  });

  it('may wait in thousands for one place', async () => {
    const waiting = 3_000;
    await start(true, { maxconn: 1, maxqueue: waiting });
    const sockets: Socket[] = [];
    let served: Socket | undefined;
    upstream.onHead = (_head, socket) => {
      served = socket;
      return undefined;
    };
    upstream.answer = () => undefined;
    client.request('GET /first HTTP/1.1', 'Host: x');
    await until('the place is taken', () => served !== undefined);
    const head = `GET /chat HTTP/1.1\r\n${UPGRADE.join('\r\n')}\r\n\r\n`;
    for (let index = 0; index < waiting; index += 1) {
      const socket = connect(port, '127.0.0.1', () => socket.write(head));
      sockets.push(socket.on('error', () => {}));
    }
    await until('all wait', () => balancer.status().queued === waiting, 20_000);
    served?.write(OK);
    await until('all are given away', () => taken.length === waiting, 20_000);
    for (const socket of sockets) socket.destroy();
  });

  it('are relayed when bytes have come behind the head', async () => {
    await start(true);
    client.socket.write(`GET /chat HTTP/1.1\r\n${UPGRADE.join('\r\n')}\r\n\r\nearly`);
    await client.until(/^HTTP\/1\.1 101 /);
    expect(taken).to.deep.equal([]);
  });

  it('are relayed when the answer has to bring an affinity cookie', async () => {
    await start(true, { affinity: { by: 'cookie', secret: 'a secret of some length' } });
    client.request('GET /chat HTTP/1.1', ...UPGRADE);
    await client.until(/^HTTP\/1\.1 101 /);
    expect(taken).to.deep.equal([]);
  });
});
