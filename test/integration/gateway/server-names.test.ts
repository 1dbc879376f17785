import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type SecureContext } from 'node:tls';
import { expect } from 'chai';
import { Certificates } from '../../../src/scaling/gateway/front/certificates.ts';
import { GatewayOptionError, LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { makeCertificate } from '../../helpers/certificates.ts';
import { RawUpstream, startGateway } from './raw-upstream.ts';

describe('Gateway: certificates by name', () => {
  let directory: string;
  let certDir: string;
  let tls: { certFile: string; keyFile: string; certDir: string };
  let upstream: RawUpstream | undefined;
  let balancer: LoadBalancer | undefined;
  let port: number;

  before(function () {
    if (spawnSync('openssl', ['version']).error !== undefined) this.skip(); // openssl
  });
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tg-sni-'));
    certDir = path.join(directory, 'more');
    mkdirSync(certDir);
    tls = { ...makeCertificate(directory, 'default', ['default.example']), certDir };
  });
  afterEach(async () => {
    await balancer?.close({ drainMs: 0 });
    await upstream?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    upstream = await RawUpstream.start();
    ({ balancer, port } = await startGateway({ tls }, upstream));
  }

  /** Whose certificate a client gets that asks for `servername`. */
  async function served(servername: string | undefined): Promise<string> {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...(servername && { servername }) });
    await once(socket, 'secureConnect');
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return String(CN);
  }

  it('are chosen by the name that the client asks for', async () => {
    makeCertificate(certDir, 'shop', ['shop.example', 'www.shop.example']);
    makeCertificate(certDir, 'wild', ['*.shop.example']);
    makeCertificate(certDir, 'only-subject.example', []);
    writeFileSync(path.join(certDir, 'notes.txt'), 'of no concern');
    await start();
    const names = ['shop.example', 'WWW.Shop.Example', 'a.shop.example', 'a.b.shop.example', 'only-subject.example'];
    expect(await Promise.all([...names, 'default.example', 'else.example', undefined].map(served))).to.deep.equal([
      'shop',
      'shop',
      'wild',
      'default',
      'only-subject.example',
      'default',
      'default',
      'default',
    ]);
  });

  it('come, change and go with their files, and one that cannot be used keeps its old one and no other', () => {
    const a = makeCertificate(certDir, 'a', ['a.example']);
    makeCertificate(certDir, 'b', ['b.example']);
    const spare = makeCertificate(directory, 'renewed', ['b.example']);
    const certificates = new Certificates(tls);
    const contexts = (): SecureContext[] => ['a', 'b', 'c'].map((name) => certificates.contextFor(`${name}.example`));
    const [oldA, oldB, other] = contexts();
    expect(certificates.renew()).to.equal(false);
    writeFileSync(a.keyFile, 'half a key');
    copyFileSync(spare.certFile, path.join(certDir, 'b.crt'));
    copyFileSync(spare.keyFile, path.join(certDir, 'b.key'));
    makeCertificate(certDir, 'c', ['c.example']);
    expect(() => certificates.renew()).to.throw(`${a.certFile} with ${a.keyFile}: `);
    const [newA, newB, newC] = contexts();
    expect(newA).to.equal(oldA);
    expect(newB).not.to.be.oneOf([oldB, other]);
    expect(newC).not.to.equal(other);
    expect(certificates.renew(), 'the same trouble is told of once').to.equal(false);
    rmSync(path.join(certDir, 'c.crt'));
    expect(certificates.renew()).to.equal(true);
    expect(contexts()).to.deep.equal([oldA, newB, other]);
    rmSync(certDir, { recursive: true });
    expect(() => certificates.renew()).to.throw('ENOENT');
    expect(contexts()).to.deep.equal([oldA, newB, other]);
  });

  it('are refused at once when one has no key, or there is no such directory', () => {
    const { certFile, keyFile } = makeCertificate(certDir, 'a', ['a.example']);
    rmSync(keyFile);
    expect(() => new LoadBalancer({ upstreams: [], tls }))
      .to.throw(GatewayOptionError, certFile)
      .with.property('option', 'tls.certDir');
    expect(() => new LoadBalancer({ upstreams: [], tls: { ...tls, certDir: path.join(directory, 'nowhere') } }))
      .to.throw(GatewayOptionError, 'a directory (ENOENT')
      .with.property('option', 'tls.certDir');
  });
});
