/** Files of deploy, and exported ones, as the programs that read them judge them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { composeFile } from '../../src/scaling/export/compose.ts';
import { haproxyConfig } from '../../src/scaling/export/haproxy.ts';
import { systemdSocketUnit, systemdUnit } from '../../src/scaling/export/systemd.ts';
import { BALANCER_DEFAULTS, type BalancerTopology } from '../../src/scaling/export/topology.ts';
import { HAPROXY_CFG, HAPROXY_MISSING } from '../helpers/haproxy.ts';
import { ROOT } from '../helpers/runtime.ts';

const works = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const COMPOSE = works('docker', 'compose', 'version')
  ? ['docker', 'compose']
  : works('docker-compose', '--version')
    ? ['docker-compose']
    : undefined;
const skipped = (name: string, isThere: boolean): string => (isThere ? '' : ` (skipped: ${name} is not installed)`);
const NGINX = works('nginx', '-v');
const SYSTEMD = works('systemd-analyze', '--version');

describe('The files of a deployment', () => {
  let directory = '';
  const write = (name: string, content: string): string => {
    const file = path.join(directory, name);
    writeFileSync(file, content);
    return file;
  };
  /** Fails with what the program says. */
  const accept = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string => {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });
    expect(status, `${stdout}${stderr}`).to.equal(0);
    return stdout + stderr;
  };

  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-deploy-'));
    const pem = ['cert.pem', 'key.pem'].map((name) => readFileSync(path.join(ROOT, 'test/apps/tls', name), 'utf8'));
    write('both.pem', pem.join(''));
  });
  after(() => rmSync(directory, { recursive: true }));

  it(`are taken by haproxy -c, as they are and with everything switched on${HAPROXY_MISSING}`, function () {
    if (HAPROXY_MISSING !== '') return this.skip();
    this.timeout(20_000);
    const certificate = path.join(directory, 'both.pem');
    accept('haproxy', ['-c', '-f', HAPROXY_CFG]);
    const everything = {
      TLS_CERTIFICATE: certificate,
      TLS_REDIRECT: 'true',
      STATS_PASSWORD: 'x y"z',
      RATE_LIMIT_PER_10S: '0',
    };
    accept('haproxy', ['-c', '-f', HAPROXY_CFG], everything);
    const topologies: readonly Pick<BalancerTopology, 'servers' | 'tls'>[] = [
      {
        servers: {
          kind: 'known',
          servers: [
            { host: '127.0.0.1', port: 3001 },
            { host: '::1', port: 3001 },
          ],
        },
        tls: null,
      },
      {
        servers: { kind: 'discovered', name: 'app', port: 3001, slots: 50, dns: '127.0.0.11:53' },
        tls: { port: 443, certificateFile: certificate },
      },
    ];
    for (const topology of topologies) {
      const text = haproxyConfig({ ...BALANCER_DEFAULTS, app: 'shop', ...topology });
      expect(accept('haproxy', ['-c', '-f', write('haproxy.cfg', text)])).not.to.contain('WARNING');
    }
  });

  it(`are taken by nginx -t${skipped('nginx', NGINX)}`, function () {
    if (!NGINX) return this.skip();
    // The paths of a machine become those of a directory.
    mkdirSync(path.join(directory, 'nginx'));
    for (const name of ['upstream.conf', 'common.conf', 'locations.conf'])
      copyFileSync(path.join(ROOT, 'deploy/nginx', name), path.join(directory, 'nginx', name));
    copyFileSync(path.join(ROOT, 'test/apps/tls/cert.pem'), path.join(directory, 'nginx/certificate.pem'));
    copyFileSync(path.join(ROOT, 'test/apps/tls/key.pem'), path.join(directory, 'nginx/key.pem'));
    const text = readFileSync(path.join(ROOT, 'deploy/nginx/nginx.conf'), 'utf8')
      .replaceAll('/etc/nginx/tidegate', path.join(directory, 'nginx'))
      .replaceAll('/var/log/nginx', directory)
      .replaceAll('/run/nginx.pid', path.join(directory, 'nginx.pid'))
      .replace('include /etc/nginx/mime.types;', '');
    expect(
      accept('nginx', ['-t', '-q', '-e', path.join(directory, 'error.log'), '-c', write('nginx.conf', text)]),
    ).not.to.contain('emerg');
  });

  it(`are taken by docker compose, with every profile${skipped('docker compose', COMPOSE !== undefined)}`, function () {
    if (COMPOSE === undefined) return this.skip();
    this.timeout(20_000);
    const [command = '', ...first] = COMPOSE;
    const stack = path.join(ROOT, 'docker-compose.scaling.yml');
    const config = accept(command, [...first, '-f', stack, '--profile', 'logging', '--profile', 'backup', 'config']);
    for (const service of ['app', 'scaler', 'haproxy', 'redis-6', 'postgres-replica', 'grafana', 'kibana', 'backup'])
      expect(config, service).to.match(new RegExp(`^ {2}${service}:$`, 'm'));
    const exported = composeFile({
      app: 'shop',
      image: 'shop:1',
      port: 3001,
      publishedPort: 80,
      replicas: 2,
      environment: { GREETING: 'a: "b" $HOME # {c}' },
      cpus: 1,
      memoryBytes: 512 * 1_048_576,
      healthPath: '/health',
      drainTimeoutMs: 30_000,
      haproxyFile: './haproxy.cfg',
    });
    const file = write('docker-compose.yml', exported);
    expect(accept(command, [...first, '-f', file, 'config'])).to.contain('a: "b" $$HOME # {c}');
  });

  it(`are taken by systemd${skipped('systemd-analyze', SYSTEMD)}`, function () {
    if (!SYSTEMD) return this.skip();
    const unit = systemdUnit({
      app: 'shop',
      command: process.execPath,
      script: 'server.js',
      args: ['--greeting', 'two words'],
      workingDirectory: directory,
      user: 'daemon',
      environment: { GREETING: 'two words' },
      drainTimeoutMs: 30_000,
      killTimeoutMs: 5_000,
    });
    expect(accept('systemd-analyze', ['verify', '--man=no', write('shop.service', unit)])).not.to.contain(
      'shop.service:',
    );
    const socket = write('shop.socket', systemdSocketUnit({ app: 'shop', port: 3000 }));
    expect(accept('systemd-analyze', ['verify', '--man=no', socket])).not.to.contain('shop.socket:');
    const shipped = readFileSync(path.join(ROOT, 'deploy/systemd/tidegate.service'), 'utf8').replace(
      'User=tidegate',
      'User=daemon',
    );
    expect(accept('systemd-analyze', ['verify', '--man=no', write('tidegate.service', shipped)])).not.to.contain(
      'tidegate.service:',
    );
  });

  it('list every setting of the stack, with the value that it has without', () => {
    const stack = readFileSync(path.join(ROOT, 'docker-compose.scaling.yml'), 'utf8');
    const used = [...stack.matchAll(/\$\{([A-Z0-9_]+):-([^}]*)\}/g)].map(([, name, value]) => `${name}=${value}`);
    const listed = readFileSync(path.join(ROOT, 'deploy/stack.env.example'), 'utf8').matchAll(/^#([A-Z0-9_]+=.*)$/gm);
    expect([...listed].map(([, line]) => line).sort()).to.deep.equal([...new Set(used)].sort());
  });

  it('are shell scripts that sh can read', () => {
    const scripts = [
      'docker/entrypoint.sh',
      'haproxy/start.sh',
      'redis/start.sh',
      'redis/healthcheck.sh',
      'redis/create-cluster.sh',
      'postgres/init-replication.sh',
      'postgres/start-replica.sh',
    ];
    for (const script of scripts) execFileSync('sh', ['-n', path.join(ROOT, 'deploy', script)]);
  });

  it('leave PostgreSQL room for all containers, their checks, other programs and what is reserved', () => {
    const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
    const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
    const stack = read('docker-compose.scaling.yml');
    const server = read('deploy/postgres/postgresql.conf');
    const containers = number(stack, /MAX_INSTANCES:-(\d+)/);
    const pool = number(stack, /DB_POOL_MAX:-(\d+)/);
    const reserved = number(server, /^superuser_reserved_connections = (\d+)/m);
    expect(number(server, /^max_connections = (\d+)/m)).to.be.at.least(containers * (pool + 2) + 20 + reserved);
  });
});
