import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { proxyHeader2 } from '../../../src/ipc/proxy-header.ts';
import { GatewayOptionError, LoadBalancer, type LoadBalancerOptions } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { ROOT, until } from '../../helpers/runtime.ts';
import { RawUpstream, startGateway } from './raw-upstream.ts';

const CERTIFICATES = path.join(ROOT, 'test/apps/tls');

describe('Gateway: TLS', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer;
  let port: number;
  let directory: string;
  let tls: { certFile: string; keyFile: string };

  beforeEach(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'tg-tls-'));
    tls = { certFile: path.join(directory, 'cert.pem'), keyFile: path.join(directory, 'key.pem') };
    for (const name of ['cert.pem', 'key.pem']) copyFileSync(path.join(CERTIFICATES, name), path.join(directory, name));
    upstream = await RawUpstream.start();
  });
  afterEach(async () => {
    await balancer?.close({ drainMs: 0 });
    await upstream.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function start(options: Omit<LoadBalancerOptions, 'upstreams'> = {}): Promise<void> {
    ({ balancer, port } = await startGateway({ tls, ...options }, upstream));
  }

  async function shakeHands(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    await once(socket, 'secureConnect');
    return socket;
  }

  async function ask(socket: TLSSocket, fields = ''): Promise<string> {
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${fields}\r\n`);
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    await until('the answer', () => received.endsWith('ok'));
    return received;
  }

  it('is ended at the gateway, which tells the upstream', async () => {
    await start({ identitySecret: 'a secret of some length' });
    const socket = await shakeHands({ ALPNProtocols: ['http/1.1'] });
    expect([socket.alpnProtocol, socket.getProtocol()]).to.deep.equal(['http/1.1', 'TLSv1.3']);
    await ask(socket);
    expect(upstream.head)
      .to.include('X-Forwarded-Proto: https\r\n')
      .and.to.include(`127.0.0.1 ${socket.localPort} https `);
    socket.destroy();
  });

  it('refuses old versions, and protocols it does not speak', async () => {
    await start();
    for (const options of [{ maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }, { ALPNProtocols: ['http/1.0'] }] as const) {
      const refused = await shakeHands(options).then(
        () => 'taken',
        (error: NodeJS.ErrnoException) => error.code,
      );
      expect(refused).to.match(/^(ERR_SSL|ECONNRESET)/);
    }
    const plain = await RawConnection.open(port);
    plain.request('GET / HTTP/1.1', 'Host: x');
    expect(await plain.untilEnd()).not.to.include('HTTP/');
    expect(upstream.received).to.equal('');
    await until('nobody is left', () => balancer.status().connections === 0);
  });

  it('comes behind a PROXY header', async () => {
    await start({ proxyProtocolFrom: ['127.0.0.1'] });
    const raw = await RawConnection.open(port);
    raw.socket.removeAllListeners('data');
    raw.socket.write(proxyHeader2({ address: '203.0.113.9', port: 4 }, { address: '10.0.0.1', port: 443 }));
    const socket = await shakeHands({ socket: raw.socket, port: undefined, host: undefined });
    await ask(socket);
    expect(upstream.head).to.include('X-Forwarded-For: 203.0.113.9\r\n');
    socket.destroy();
  });

  it('takes a new certificate when the files change, and keeps the old one while they do not fit', async () => {
    await start();
    const before = (await shakeHands()).getPeerCertificate().fingerprint256;
    const context = async (): Promise<string> => {
      const socket = await shakeHands();
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      return fingerprint256;
    };
    const warned = once(process, 'warning');
    copyFileSync(path.join(CERTIFICATES, 'other-cert.pem'), tls.certFile);
    expect(String((await warned)[0])).to.match(/load balancer, certificate/);
    expect(await context()).to.equal(before);
    copyFileSync(path.join(CERTIFICATES, 'other-key.pem'), tls.keyFile);
    await until('the new certificate', async () => (await context()) !== before);
    await ask(await shakeHands());
  });

  it('with files that are no certificate is refused at once', () => {
    writeFileSync(tls.keyFile, 'no key');
    expect(() => new LoadBalancer({ upstreams: [], tls }))
      .to.throw(GatewayOptionError, 'a certificate and its key in PEM')
      .with.property('option', 'tls');
  });
});
