import { expect } from 'chai';
import { runCli } from '../cli-run.ts';

const exported = (...args: readonly string[]) =>
  runCli(['export', ...args], '/srv/shop', { DRAIN_TIMEOUT_MS: '20000' });

describe('tidegate export haproxy', () => {
  it('writes the servers that are known, and a drain as long as the runtime’s', async () => {
    const { code, stdout } = await exported('haproxy', '--name', 'shop', '--servers', '10.0.0.5:3001, [fd00::2]:3002');
    expect(code).to.equal(0);
    expect(stdout).to.contain('# shop: written by tidegate export haproxy.');
    expect(stdout).to.contain('  server app1 10.0.0.5:3001\n  server app2 [fd00::2]:3002\n');
    expect(stdout).to.contain('  hard-stop-after 25s\n');
    expect(stdout).not.to.contain(' ssl crt ');
  });

  it('writes servers that are discovered, TLS and the other flags', async () => {
    const flags = [
      '--slots',
      '50',
      '--tls',
      '/etc/site.pem',
      '--health',
      '/ready',
      '--stats',
      ':8080',
      '--rate-limit',
      '0',
    ];
    const { stdout } = await exported('haproxy', '--discover', 'app:3001', ...flags);
    expect(stdout).to.contain('server-template app 1-50 app:3001 resolvers containers');
    expect(stdout).to.contain('ssl crt /etc/site.pem');
    expect(stdout).to.contain('uri /ready ver');
    expect(stdout).to.contain('  bind :8080\n');
    expect(stdout).not.to.contain('429');
  });

  it('says what is missing and what can not be', async () => {
    const neither = await exported('haproxy');
    expect(neither).to.deep.include({ code: 2, stdout: '' });
    expect(neither.stderr).to.match(/^Where are the instances\? Give either --servers or --discover\./);
    const both = await exported('haproxy', '--servers', 'a:1', '--discover', 'b:2');
    expect(both.code).to.equal(2);
    const address = await exported('haproxy', '--servers', '10.0.0.5');
    expect(address.stderr).to.match(/^--servers: "10\.0\.0\.5" is not allowed; give host:port/);
    const health = await exported('haproxy', '--servers', 'a:1', '--health', 'ready');
    expect(health.code).to.equal(2);
    expect(health.stderr).to.match(/^healthPath: "ready" is not allowed/);
  });
});

describe('tidegate export compose', () => {
  it('writes containers of an image, with what was asked for', async () => {
    const limits = ['--replicas', '4', '--memory', '300', '--cpus', '0.5', '--publish', '8080'];
    const { code, stdout } = await exported('compose', '--image', 'shop:1', ...limits, '--env', 'A=b=c', '--env', 'D=');
    expect(code).to.equal(0);
    expect(stdout).to.contain('    image: "shop:1"\n');
    expect(stdout).to.contain('      A: "b=c"\n      D: ""\n');
    expect(stdout).to.contain('      replicas: 4\n');
    expect(stdout).to.contain('          cpus: "0.50"\n          memory: "300M"\n');
    expect(stdout).to.contain('      - "8080:80"\n');
    expect(stdout).to.contain('    stop_grace_period: "30s"\n');
  });

  it('says what is missing and what can not be', async () => {
    const image = await exported('compose');
    expect(image.code).to.equal(2);
    expect(image.stderr).to.match(/--image/);
    expect((await exported('compose', '--image', 'a b')).stderr).to.match(/^image: "a b" is not allowed/);
    expect((await exported('compose', '--image', 'a', '--env', 'A')).stderr).to.match(/^--env: "A" is not allowed/);
    expect((await exported('compose', '--image', 'a', '--cpus', '0')).stderr).to.match(/^--cpus: "0" is not allowed/);
  });
});

describe('tidegate export systemd', () => {
  it('writes a unit for the app, with its arguments and settings', async () => {
    const flags = ['--user', 'web', '--directory', 'current', '--env', 'GREETING=two words'];
    const { code, stdout } = await exported('systemd', 'server.js', ...flags, '--', '--port', '3');
    expect(code).to.equal(0);
    expect(stdout).to.contain('\nExecStart=/usr/local/bin/tidegate start server.js --name server -- --port 3\n');
    expect(stdout).to.contain('\nWorkingDirectory=/srv/shop/current\n');
    expect(stdout).to.contain('\nEnvironment="GREETING=two words"\n');
    expect(stdout).to.contain('\nUser=web\n').and.to.contain('\nTimeoutStopSec=35\n');
  });

  it('writes the socket unit beside it', async () => {
    const { code, stdout } = await exported('systemd', 'server.js', '--socket', '3000');
    expect(code).to.equal(0);
    expect(stdout).to.contain('\nListenStream=3000\n').and.to.contain('systemctl enable --now server.socket');
    expect((await exported('systemd', 'server.js', '--socket', 'http')).stderr).to.match(
      /^--socket: "http" is not allowed; give a whole number from 1 to 65535$/m,
    );
  });

  it('says what is missing and what can not be', async () => {
    expect((await exported('systemd')).code).to.equal(2);
    expect((await exported('systemd', 'a.js', '--command', 'tidegate')).stderr).to.match(
      /^command: "tidegate" is not allowed; give a path that begins with \//,
    );
  });
});

describe('tidegate export --help', () => {
  it('shows the options of every kind on one page, and each kind has examples', async () => {
    const { stdout } = await exported('--help');
    for (const kind of ['hpa', 'keda', 'haproxy', 'compose', 'systemd']) {
      expect(stdout).to.contain(`\nOptions of ${kind}:\n`);
      expect((await exported(kind, '--help')).stdout).to.match(
        new RegExp(`Examples:\n {2}\\$ tidegate export ${kind} `),
      );
    }
  });
});
