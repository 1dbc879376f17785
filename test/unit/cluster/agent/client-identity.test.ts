import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { ClientIdentities } from '../../../../src/cluster/agent/client-identity.ts';
import { ForwardedIdentity } from '../../../../src/ipc/forwarded-identity.ts';

const SECRET = '0123456789abcdef0123456789abcdef';

describe('ClientIdentities', () => {
  const writer = new ForwardedIdentity(SECRET);
  const client = { address: '203.0.113.9', port: 40_000, proto: 'https', localPort: 443 } as const;
  const line = writer.line(client);
  let server: Server;
  let identities: ClientIdentities;

  beforeEach(async () => {
    identities = new ClientIdentities(SECRET);
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => server.close());

  /** The request as the app gets it, before its headers were looked at by anybody but Node. */
  async function received(lines: string): Promise<IncomingMessage> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(`GET / HTTP/1.1\r\nHost: app\r\n${lines}Accept: */*\r\n\r\n`);
    const [request, response] = (await once(server, 'request')) as [IncomingMessage, { end(): void }];
    identities.restore(request);
    response.end();
    socket.end();
    return request;
  }

  it('show the client that the gateway names, and take the field out', async () => {
    const request = await received(line);
    const { socket, headers, rawHeaders } = request;
    expect(socket.remoteAddress).to.equal('203.0.113.9');
    expect(socket.remotePort).to.equal(40_000);
    expect(socket.remoteFamily).to.equal('IPv4');
    expect(socket.localPort).to.equal(443);
    expect((socket as { encrypted?: boolean }).encrypted).to.equal(true);
    expect(request.connection.remoteAddress).to.equal('203.0.113.9');
    expect(headers).to.deep.equal({ host: 'app', accept: '*/*' });
    expect(rawHeaders).to.deep.equal(['Host', 'app', 'Accept', '*/*']);
    expect(Object.keys(request.headersDistinct)).to.deep.equal(['host', 'accept']);
  });

  it('leave the rest of the socket as it is', async () => {
    const { socket } = await received(line);
    expect(socket.localAddress).to.equal('127.0.0.1');
    expect(socket.bytesRead).to.be.greaterThan(0);
    socket.setNoDelay(true);
    expect(socket.on('close', () => {})).to.equal(socket);
  });

  it('believe nobody else, and take the field out all the same', async () => {
    for (const forged of [
      'X-Tidegate-Client: 6.6.6.6 1 https 443 guess\r\n',
      new ForwardedIdentity('another secret of 16').line(client),
      line.replace('203.0.113.9', '203.0.113.8'),
      'x-tidegate-client: \r\n',
    ]) {
      const { socket, rawHeaders, headers } = await received(forged);
      expect(socket.remoteAddress).to.equal('127.0.0.1');
      expect(rawHeaders).to.deep.equal(['Host', 'app', 'Accept', '*/*']);
      expect(headers).not.to.have.property('x-tidegate-client');
    }
  });

  it('show what is there where there is no such field', async () => {
    const { socket, headers } = await received('');
    expect(socket.remoteAddress).to.equal('127.0.0.1');
    expect(headers).to.deep.equal({ host: 'app', accept: '*/*' });
  });
});
