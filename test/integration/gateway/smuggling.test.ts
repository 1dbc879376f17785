import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { startGateway } from './raw-upstream.ts';
import { SMUGGLING_CASES } from './smuggling-cases.ts';

describe('Gateway: requests that could be taken for something else', () => {
  let server: Server;
  let balancer: LoadBalancer;
  let port: number;
  /** What the upstream took for requests; its parser is Node's lenient one, which believes more than it should. */
  let seen: string[];
  /** The bytes it was given. */
  let bytes: string;

  before(async () => {
    server = createServer({ insecureHTTPParser: true }, (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      request.resume().on('end', () => response.end('ok'));
      request.on('error', () => {});
    });
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.toString('latin1');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ balancer, port } = await startGateway(
      { timeouts: { clientMs: 300, httpRequestMs: 300 } },
      { port: (server.address() as AddressInfo).port },
    ));
  });

  after(async () => {
    await balancer.close({ drainMs: 0 });
    server.closeAllConnections();
    server.close();
  });

  it('are more than 200, each another one', () => {
    expect(new Set(SMUGGLING_CASES.map((each) => each.bytes)).size)
      .to.equal(SMUGGLING_CASES.length)
      .and.to.be.above(200);
  });

  for (const { name, bytes: sent } of SMUGGLING_CASES) {
    it(name, async () => {
      seen = [];
      bytes = '';
      const before = balancer.status().totals.requests;
      const client = await RawConnection.open(port);
      client.socket.write(sent, 'latin1');
      await client.untilEnd();
      expect(client.received).to.match(/^HTTP\/1\.1 (400|408|413|431|505) /);
      // Whatever of it was passed on before the fault showed, the upstream counts no more requests than we did, and none that was hidden.
      expect(seen.length).to.be.at.most(balancer.status().totals.requests - before);
      expect(seen).to.not.include('GET /smuggled');
      expect(bytes).to.not.match(/^GET \/smuggled/m);
    });
  }
});
