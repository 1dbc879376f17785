import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { freePorts } from '../../helpers/free-port.ts';
import { type RedisServer, redisAvailable, startRedis } from '../../helpers/redis-servers.ts';

const run = promisify(execFile);
const CLIENT = fileURLToPath(new URL('./redis-tls-client.js', import.meta.url));

describe('RedisState over TLS to a redis-server, with a certificate of openssl', () => {
  let directory: string;
  let server: RedisServer | undefined;
  let port = 0;

  before(async function () {
    if (!redisAvailable() || spawnSync('openssl', ['version']).status !== 0) return this.skip();
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-tls-'));
    const [certificate, key] = [path.join(directory, 'cert.pem'), path.join(directory, 'key.pem')];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
    await run('openssl', [...made, ...names]);
    [port = 0] = await freePorts(1);
    server = await startRedis({
      password: 'secret',
      settings: {
        'tls-port': String(port),
        'tls-cert-file': certificate,
        'tls-key-file': key,
        'tls-ca-cert-file': certificate,
        'tls-auth-clients': 'no',
      },
    });
  });
  after(async () => {
    await server?.stop();
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  });

  /** What a process says that trusts those authorities. */
  async function client(env: NodeJS.ProcessEnv): Promise<string> {
    const { stdout } = await run(process.execPath, [CLIENT, String(port)], { env: { ...process.env, ...env } });
    return stdout;
  }

  it('reads, writes and hears messages where the certificate is trusted', async () => {
    expect(await client({ NODE_EXTRA_CA_CERTS: path.join(directory, 'cert.pem') })).to.equal('over TLS, heard');
  });

  it('talks to no server whose certificate is not trusted', async () => {
    expect(await client({ NODE_EXTRA_CA_CERTS: '' })).to.contain('self-signed certificate');
  });
});
