import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ScalingServer } from '../../src/scaling/scaling-server.ts';
import { useCli } from '../helpers/cli-bench.ts';
import { MemoryServices } from '../helpers/management-services.ts';
import { fixture } from '../helpers/runtime.ts';

describe('the tidegate command over TLS', function () {
  this.timeout(20_000);
  const cli = useCli();
  const token = 'viewer-token-0123456789';
  let server: ScalingServer;
  let url: string;

  beforeEach(async () => {
    const services = new MemoryServices({
      managementTokens: [`viewer:${token}`],
      managementTlsCertFile: fixture('tls/cert.pem'),
      managementTlsKeyFile: fixture('tls/key.pem'),
    });
    server = new ScalingServer(services);
    ({ url } = await server.listenTcp('127.0.0.1', 0));
  });
  afterEach(() => server.close(1_000));

  it('trusts the authority that is given, and takes its token from a file', async () => {
    const tokenFile = path.join(cli.runtimeDir(), 'token');
    writeFileSync(tokenFile, `${token}\n`);
    const args = ['status', '--json', '--url', url, '--token-file', tokenFile];
    const { code, stdout, stderr } = await cli.run([...args, '--ca', fixture('tls/cert.pem')]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).to.include({ name: 'shop' });
    const byEnvironment = { TIDEGATE_CA: fixture('tls/cert.pem'), TIDEGATE_TOKEN: token, TIDEGATE_URL: url };
    expect((await cli.run(['status', '--json'], byEnvironment)).code).to.equal(0);
  });

  it('says what to do about a certificate that is not trusted, and a file that is not there', async () => {
    await cli.expectFailure(
      ['status', '--url', url, '--token', token],
      /certificate that is not trusted here .* --ca <file>$/m,
    );
    const missing = await cli.run(['status', '--url', url, '--ca', '/no/such/file']);
    expect([missing.code, missing.stderr]).to.deep.equal([
      2,
      "--ca can't be read: ENOENT: no such file or directory, open '/no/such/file'\n",
    ]);
  });
});
