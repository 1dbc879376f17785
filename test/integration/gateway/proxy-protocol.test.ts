import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { proxyHeader2, readProxyHeader } from '../../../src/ipc/proxy-header.ts';
import { LoadBalancer, type LoadBalancerOptions } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { until } from '../../helpers/runtime.ts';
import { RawUpstream, startGateway } from './raw-upstream.ts';

const CLIENT = { address: '203.0.113.9', port: 40_000 };
const SERVER = { address: '10.0.0.1', port: 80 };
const V2 = proxyHeader2(CLIENT, SERVER).toString('latin1');
const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('Gateway: the PROXY protocol', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer;
  let port: number;

  async function start(options: Omit<LoadBalancerOptions, 'upstreams'>): Promise<void> {
    upstream = await RawUpstream.start();
    ({ balancer, port } = await startGateway(options, upstream));
  }

  afterEach(async () => {
    await balancer.close({ drainMs: 0 });
    await upstream.stop();
  });

  describe('from a proxy in front', () => {
    it('names the client, in both versions, for all requests of the connection', async () => {
      await start({ proxyProtocolFrom: ['127.0.0.1'], identitySecret: 'a secret of some length' });
      for (const header of [V2, `PROXY TCP4 ${CLIENT.address} 10.0.0.1 ${CLIENT.port} 80\r\n`]) {
        const client = await RawConnection.open(port);
        client.socket.write(header + REQUEST + REQUEST, 'latin1');
        await client.until(/ok.*ok$/s);
        for (const { head } of upstream.requests) {
          expect(head).to.include(`X-Forwarded-For: ${CLIENT.address}\r\n`);
          expect(head).to.include(`x-tidegate-client: ${CLIENT.address} ${CLIENT.port} http ${port} `);
        }
        expect(upstream.requests).to.have.length(2);
        upstream.forget();
        client.close();
      }
    });

    it('may come in any pieces', async () => {
      await start({ proxyProtocolFrom: ['127.0.0.0/8'] });
      const client = await RawConnection.open(port);
      for (const byte of Buffer.from(V2 + REQUEST, 'latin1')) {
        client.socket.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await client.until(/ok$/);
      expect(upstream.head).to.include(`X-Forwarded-For: ${CLIENT.address}\r\n`);
      client.close();
    });

    it('that speaks for itself is the client', async () => {
      await start({ proxyProtocolFrom: ['127.0.0.1'] });
      const client = await RawConnection.open(port);
      client.socket.write(proxyHeader2(null, SERVER).toString('latin1') + REQUEST, 'latin1');
      await client.until(/ok$/);
      expect(upstream.head).to.include('X-Forwarded-For: 127.0.0.1\r\n');
      client.close();
    });

    it('without its header, or with a broken one, is cut off before anything reaches an upstream', async () => {
      await start({ proxyProtocolFrom: ['127.0.0.1'] });
      for (const bytes of [REQUEST, `PROXY TCP4 nonsense\r\n${REQUEST}`, `${V2.slice(0, 12)}\x51${REQUEST}`]) {
        const client = await RawConnection.open(port);
        client.socket.write(bytes, 'latin1');
        expect(await client.untilEnd()).to.equal('');
      }
      expect(upstream.received).to.equal('');
      expect(balancer.status().connections).to.equal(0);
    });

    it('is not believed by another address: there the header is a broken request', async () => {
      await start({ proxyProtocolFrom: ['10.0.0.0/8'] });
      const client = await RawConnection.open(port);
      client.socket.write(`PROXY TCP4 1.1.1.1 10.0.0.1 1 80\r\n${REQUEST}`);
      expect(await client.untilEnd()).to.match(/^HTTP\/1\.1 400 /);
      expect(upstream.received).to.equal('');
    });

    it('leaves it to the client’s own address whether forwarded fields are believed', async () => {
      await start({ proxyProtocolFrom: ['127.0.0.1'], trustedProxies: ['127.0.0.1'] });
      const client = await RawConnection.open(port);
      client.socket.write(`${V2}GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n`, 'latin1');
      await client.until(/ok$/);
      expect(upstream.head).to.include(`X-Forwarded-For: ${CLIENT.address}\r\n`);
      client.close();
    });

    it('does not keep a gateway that closes from ending', async () => {
      await start({ proxyProtocolFrom: ['127.0.0.1'] });
      const client = await RawConnection.open(port);
      client.socket.write(V2.slice(0, 5), 'latin1');
      await until('it is accepted', () => balancer.status().totals.connections === 1);
      await balancer.close({ drainMs: 20 });
      await client.untilEnd();
    });
  });

  describe('to an upstream', () => {
    async function startTo(sendProxy: 1 | 2): Promise<void> {
      upstream = await RawUpstream.start();
      balancer = new LoadBalancer({ upstreams: [{ port: upstream.port, sendProxy }] });
      ({ port } = (await balancer.listen({ port: 0, host: '127.0.0.1' })) as AddressInfo);
    }

    for (const version of [1, 2] as const) {
      it(`is written in version ${version} at the begin of each connection, which serves one client only`, async () => {
        await startTo(version);
        const clients = [await RawConnection.open(port), await RawConnection.open(port)];
        const heard: string[] = [];
        upstream.server.removeAllListeners('connection');
        upstream.server.on('connection', (socket) => {
          upstream.sockets.add(socket);
          const index = heard.push('') - 1;
          socket.on('data', (chunk: Buffer) => {
            heard[index] += chunk.toString('latin1');
            if (chunk.toString('latin1').endsWith('\r\n\r\n'))
              socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
          });
        });
        for (const target of ['/1', '/2']) {
          for (const client of clients) {
            const from = client.received.length;
            client.request(`GET ${target} HTTP/1.1`, 'Host: x');
            await client.until(/ok$/, from);
          }
        }
        expect(heard).to.have.length(2);
        for (const [index, client] of clients.entries()) {
          const bytes = Buffer.from(heard[index] as string, 'latin1');
          const header = readProxyHeader(bytes);
          expect(header?.client).to.deep.equal({ address: '127.0.0.1', port: client.localPort });
          const rest = bytes.toString('latin1', header?.bytes);
          expect(rest).to.match(/^GET \/1 HTTP\/1\.1\r\n[\s\S]*GET \/2 HTTP\/1\.1\r\n/);
          client.close();
        }
      });
    }
  });
});
