/**
 * docker-compose.scaling.yml in a real Docker engine: `npm run test:compose`. The tests are steps of one story, in order. Not part of
 * `npm test`: it takes minutes, and an engine.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { ask } from '../helpers/ask.ts';
import { freePort, until } from '../helpers/runtime.ts';
import { SteadyClients } from './clients.ts';
import { COMPOSE_COMMAND, Stack } from './stack.ts';

const MINUTE_MS = 60_000;
const MEGABYTE = 1_000_000;

const title = COMPOSE_COMMAND === undefined ? ' (skipped: no Docker engine; see scripts/test-compose.mjs)' : '';

describe(`The stack of docker-compose.scaling.yml${title}`, function () {
  this.timeout(5 * MINUTE_MS);

  const figures: string[] = [];
  const figure = (text: string): void => {
    figures.push(text);
    process.stdout.write(`      · ${text}\n`);
  };
  const ports = { http: 0, https: 0, app: 0, stats: 0, prometheus: 0, alertmanager: 0 };
  const url = (name: keyof typeof ports): string => `http://127.0.0.1:${ports[name]}`;
  let stack: Stack;
  let cookie = '';
  let alerts: Server;
  const received: { readonly text: string; readonly atMs: number }[] = [];

  const stats = async (): Promise<readonly Readonly<Record<string, string>>[]> => {
    const authorization = `Basic ${Buffer.from(`admin:${stack.secret('stats_password')}`).toString('base64')}`;
    const { body } = await ask(`${url('stats')}/stats;csv`, { headers: { authorization } });
    const [head = '', ...lines] = body.trim().split('\n');
    const names = head.replace(/^# /, '').split(',');
    return lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index], value])));
  };
  /** Requests that each server of the backend `app` was sent so far, of those that are up. */
  const served = async (): Promise<Map<string, number>> => {
    const servers = (await stats()).filter(({ pxname, svname, status }) => {
      return pxname === 'app' && svname !== 'BACKEND' && (status ?? '').startsWith('UP');
    });
    return new Map(servers.map(({ svname, stot }) => [svname as string, Number(stot)]));
  };
  const me = async (): Promise<{ status: number; views: number }> => {
    const { status, body } = await ask(`${url('app')}/api/me`, { headers: { cookie } });
    return { status, views: Number(JSON.parse(body).session?.views) };
  };
  const load = (): SteadyClients =>
    new SteadyClients([`${url('app')}/api/io?ms=20`, `${url('app')}/api/fast`, `${url('app')}/health`], 12, 10);
  const appContainers = async () => (await stack.containers('app')).filter(({ state }) => state === 'running');

  before(async function () {
    if (COMPOSE_COMMAND === undefined) return this.skip();
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
    stack = new Stack({
      HTTP_PORT: String(ports.http),
      HTTPS_PORT: String(ports.https),
      APP_PORT: String(ports.app),
      STATS_PORT: String(ports.stats),
      PROMETHEUS_PORT: String(ports.prometheus),
      ALERTMANAGER_PORT: String(ports.alertmanager),
      GRAFANA_PORT: String(await freePort()),
      // All load comes from one address here.
      RATE_LIMIT_PER_10S: '0',
      // More is not allowed everywhere tests run.
      HAPROXY_NOFILE: '20000',
      BACKUP_EVERY: '24h',
    });
    await stack.makeSecrets();
    alerts = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        received.push({ text, atMs: Date.now() });
        response.end('ok');
      });
    });
    await new Promise<void>((resolve) => alerts.listen(0, '0.0.0.0', resolve));
  });

  after(async function () {
    this.timeout(2 * MINUTE_MS);
    if (stack === undefined) return;
    alerts.close();
    await stack.down();
    const left = await stack.containers();
    process.stdout.write(`\n    Figures\n${figures.map((line) => `      ${line}\n`).join('')}`);
    expect(left).to.deep.equal([]);
  });

  afterEach(async function () {
    if (this.currentTest?.state !== 'failed' || stack === undefined) return;
    const troubled = (await stack.inspect()).filter(
      ({ State }) => (State.Status === 'exited' && State.ExitCode !== 0) || State.Health?.Status === 'unhealthy',
    );
    for (const { Id, Config } of troubled) {
      const log = await stack.docker('logs', '--tail', '20', Id).catch(String);
      process.stdout.write(`--- ${Config.Labels['com.docker.compose.service']}\n${log}\n`);
    }
  });

  it('comes up from nothing, with three app containers, and is healthy within a minute', async () => {
    const beganAtMs = Date.now();
    await stack.up(3);
    const upAtMs = Date.now();
    const all = await stack.healthy(MINUTE_MS);
    figure(
      `up from nothing: ${all.length} containers, ${upAtMs - beganAtMs} ms; all healthy after ${Date.now() - beganAtMs} ms`,
    );
    expect(Date.now() - beganAtMs).to.be.below(MINUTE_MS);
    expect(await appContainers()).to.have.length(3);
  });

  it('serves the app through HAProxy, with security headers, over HTTP and TLS', async () => {
    await until('three servers are up', async () => (await served()).size === 3);
    for (const base of [url('app'), url('http'), `https://127.0.0.1:${ports.https}`]) {
      const { status, headers } = await ask(`${base}/health`);
      expect(status, base).to.equal(200);
      expect(headers).to.include({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
      expect('strict-transport-security' in headers, base).to.equal(base.startsWith('https'));
      expect(headers).not.to.have.any.keys('server', 'x-powered-by', 'keep-alive');
    }
  });

  it('takes WebSockets over TLS to the app', async () => {
    const socket = new WebSocket(`wss://127.0.0.1:${ports.https}/ws`, { rejectUnauthorized: false });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const pong = new Promise((resolve) => socket.once('pong', resolve));
    socket.ping();
    await pong;
    socket.close();
  });

  it('shows its statistics to who has the password', async () => {
    expect((await ask(`${url('stats')}/stats`)).status).to.equal(401);
    const authorization = `Basic ${Buffer.from(`admin:${stack.secret('stats_password')}`).toString('base64')}`;
    expect((await ask(`${url('stats')}/stats`, { headers: { authorization } })).status).to.equal(200);
  });

  it('has every target of Prometheus up', async () => {
    interface Target {
      readonly health: string;
      readonly lastError: string;
      readonly labels: Readonly<Record<string, string>>;
    }
    const targets = async (): Promise<readonly Target[]> =>
      JSON.parse((await ask(`${url('prometheus')}/api/v1/targets?state=active`)).body).data.activeTargets;
    await until(
      'all targets are up',
      async () => {
        const all = await targets();
        return (
          all.filter(({ labels }) => labels.job === 'tidegate').length === 3 &&
          all.every(({ health }) => health === 'up')
        );
      },
      MINUTE_MS,
    );
    const jobs = (await targets()).map(({ labels }) => labels.job);
    figure(`Prometheus: ${jobs.length} targets up (${[...new Set(jobs)].join(', ')})`);
  });

  it('runs the app as nobody in particular, on a root that is read-only, with its ways out closed', async () => {
    for (const { Config, HostConfig } of await stack.inspect('app')) {
      expect({ user: Config.User, readOnly: HostConfig.ReadonlyRootfs }).to.deep.equal({
        user: 'node',
        readOnly: true,
      });
    }
    expect((await stack.exec('app', 'id', '-u')).trim()).to.equal('1000');
    const write = await stack.exec('app', 'touch', '/app/x').then(
      () => 'written',
      (error: Error) => error.message,
    );
    expect(write).to.match(/[Rr]ead-only file system/);
    const probe =
      "fetch('http://192.0.2.1/',{signal:AbortSignal.timeout(3000)}).then(()=>console.log('out'),(e)=>console.log(e.cause?.code??e.name))";
    expect((await stack.exec('app', 'node', '-e', probe)).trim()).to.equal('ENETUNREACH');
  });

  it('has an image of 120 MB at most above its base, that is ready within two seconds', async () => {
    const [{ Size: size = 0 } = {}] = JSON.parse(
      await stack.docker('image', 'inspect', process.env.TIDEGATE_IMAGE ?? 'tidegate:local'),
    );
    const base = process.env.TIDEGATE_NODE_IMAGE ?? 'node:24-bookworm-slim';
    const [{ Size: baseSize = 0 } = {}] = JSON.parse(await stack.docker('image', 'inspect', base));
    figure(`image: ${((size - baseSize) / MEGABYTE).toFixed(1)} MB above its base`);
    expect((size - baseSize) / MEGABYTE).to.be.below(120);
    const options = [
      '--network',
      'none',
      '--read-only',
      '--tmpfs',
      '/run/tidegate:uid=1000,gid=1000,mode=0700',
      '--tmpfs',
      '/tmp',
    ];
    const image = process.env.TIDEGATE_IMAGE ?? 'tidegate:local';
    // Whatever else the machine does only adds to it: the best of five counts.
    const tookMs: number[] = [];
    while (tookMs.length < 5 && !tookMs.some((took) => took < 2_000)) {
      const id = (await stack.docker('run', '-d', ...options, image)).trim();
      try {
        const ready = await until('the app is ready', async () =>
          /"message":"ready","timestamp":"([^"]+)"/.exec(await stack.docker('logs', id)),
        );
        const startedAt = (await stack.docker('inspect', '-f', '{{.State.StartedAt}}', id)).trim();
        tookMs.push(Date.parse(ready[1] ?? '') - Date.parse(startedAt));
      } finally {
        await stack.docker('rm', '-f', id);
      }
    }
    figure(`a container alone is ready ${tookMs.join(', ')} ms after its start`);
    expect(Math.min(...tookMs)).to.be.below(2_000);
  });

  it('serves five containers evenly within ten seconds of --scale app=5, and loses no request', async () => {
    const clients = load();
    const beganAtMs = Date.now();
    await stack.up(5);
    const scaledAtMs = Date.now();
    await until('five servers are up', async () => (await served()).size === 5, MINUTE_MS);
    const upAtMs = Date.now();
    // From here on, each is to get its fifth.
    const shares = await until(
      'five even shares',
      async () => {
        const from = await served();
        await until('300 more requests', async () => sum(await served()) - sum(from) > 300);
        const to = await served();
        const gained = [...to].map(([name, count]) => count - (from.get(name) ?? 0));
        const mean = gained.reduce((total, count) => total + count, 0) / gained.length;
        return gained.length === 5 && gained.every((count) => Math.abs(count - mean) / mean < 0.25) && gained;
      },
      30_000,
    );
    const evenAtMs = Date.now();
    await clients.stop();
    figure(
      `--scale app=5: compose ${scaledAtMs - beganAtMs} ms, five up ${upAtMs - scaledAtMs} ms later, even (${shares.join('/')}) ${evenAtMs - scaledAtMs} ms after compose; ${clients}`,
    );
    expect(evenAtMs - scaledAtMs).to.be.below(10_000);
    expect(clients.failures).to.deep.equal([]);
  });

  it('keeps a session over all containers', async () => {
    const body = JSON.stringify({ name: 'compose', password: 'a long password' });
    const answer = await ask(`${url('app')}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status, answer.body).to.equal(200);
    cookie = (answer.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
    for (let view = 1; view <= 10; view += 1) expect(await me()).to.deep.equal({ status: 200, views: view });
  });

  it('loses no idempotent request when an app container is killed, and has it back', async () => {
    const clients = load();
    await until('requests are answered', () => clients.answered > 100);
    const [victim] = await appContainers();
    await stack.docker('kill', '-s', 'KILL', victim?.id ?? '');
    await until('HAProxy has four', async () => (await served()).size === 4, 30_000);
    await until('500 requests more', () => clients.answered > 600, 30_000);
    await stack.docker('start', victim?.id ?? '');
    await until('HAProxy has five again', async () => (await served()).size === 5, 30_000);
    await clients.stop();
    figure(`an app container killed: ${clients}`);
    expect(clients.failures).to.deep.equal([]);
    expect((await me()).status).to.equal(200);
  });

  it('loses no idempotent request and no session when a Redis master is killed; the alert is raised and resolved', async () => {
    const network = `${stack.project}_monitoring`;
    const gateway = (
      await stack.docker('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', network)
    ).trim();
    for (const name of ['alerts_webhook_url', 'on_call_webhook_url'])
      stack.writeSecret(name, `http://${gateway}:${(alerts.address() as AddressInfo).port}/`);

    const nodes = (await stack.redis('redis-1', 'CLUSTER', 'NODES')).split('\n');
    const master = nodes.find((line) => /\bmaster\b/.test(line) && !line.includes('myself'))?.split(/[ :@]/)[1] ?? '';
    const victim = (await stack.inspect('redis-2', 'redis-3', 'redis-4', 'redis-5', 'redis-6')).find((container) =>
      JSON.stringify(container).includes(`"IPAddress":"${master}"`),
    );
    expect(victim, `a container of ${master}`).not.to.equal(undefined);

    const clients = load();
    await until('requests are answered', () => clients.answered > 100);
    const killedAtMs = Date.now();
    await stack.docker('kill', '-s', 'KILL', victim?.Id ?? '');
    const whole = async (): Promise<boolean> =>
      /cluster_slots_ok:16384/.test(await stack.redis('redis-1', 'CLUSTER', 'INFO')) &&
      (await stack.redis('redis-1', 'CLUSTER', 'NODES'))
        .split('\n')
        .some((line) => line.includes(master) && line.includes('fail'));
    await until('the cluster has all slots again', whole, 30_000);
    figure(`a Redis master killed: all slots again after ${Date.now() - killedAtMs} ms`);
    for (let request = 0; request < 20; request += 1) expect((await me()).status).to.equal(200);

    await until(
      'the alert is raised',
      () => received.some(({ text }) => /FIRING.*RedisDown/.test(text)),
      3 * MINUTE_MS,
    );
    figure(`RedisDown came to the webhook ${Date.now() - killedAtMs} ms after the kill`);
    const startedAtMs = Date.now();
    await stack.docker('start', victim?.Id ?? '');
    await until(
      'the alert is resolved',
      () => received.some(({ text }) => /RESOLVED.*RedisDown/.test(text)),
      3 * MINUTE_MS,
    );
    figure(`RedisDown was resolved ${Date.now() - startedAtMs} ms after the node's start`);
    await clients.stop();
    figure(`meanwhile: ${clients}`);
    expect(clients.failures).to.deep.equal([]);
    expect((await me()).status).to.equal(200);
  });

  it('makes its Redis Cluster once: the job that does it changes nothing when it runs again', async () => {
    const before = await stack.redis('redis-1', 'GET', 'compose');
    await stack.redis('redis-1', 'SET', 'compose', 'kept');
    await stack.up(5);
    const [job] = await stack.containers('redis-init');
    expect({ before, after: await stack.redis('redis-1', 'GET', 'compose'), exit: job?.exitCode }).to.deep.equal({
      before: '',
      after: 'kept',
      exit: 0,
    });
  });

  it('loses no request when the PostgreSQL replica is killed, which follows again after its start', async () => {
    const replicas = (): Promise<string> =>
      stack.sql('postgres', "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'");
    await until('the replica follows', async () => (await replicas()) === '1', 30_000);
    const clients = load();
    const [replica] = await stack.containers('postgres-replica');
    await stack.docker('kill', '-s', 'KILL', replica?.id ?? '');
    await until('500 requests', () => clients.answered > 500, 30_000);
    await stack.sql('postgres', 'CREATE TABLE while_away AS SELECT 42 AS answer');
    const startedAtMs = Date.now();
    await stack.docker('start', replica?.id ?? '');
    await until(
      'it has what was written meanwhile',
      async () => {
        return (await stack.sql('postgres-replica', 'SELECT answer FROM while_away').catch(() => '')) === '42';
      },
      30_000,
    );
    await clients.stop();
    figure(`the replica killed: ${clients}; caught up ${Date.now() - startedAtMs} ms after its start`);
    expect(clients.failures).to.deep.equal([]);
  });

  it('loses no request and no session when it is scaled down to two', async () => {
    const clients = load();
    await until('requests are answered', () => clients.answered > 100);
    const beganAtMs = Date.now();
    await stack.up(2);
    figure(`--scale app=2: ${Date.now() - beganAtMs} ms`);
    await until('HAProxy has two', async () => (await served()).size === 2, 30_000);
    await clients.stop();
    figure(`scaled down: ${clients}`);
    expect(clients.failures).to.deep.equal([]);
    expect((await me()).status).to.equal(200);
  });

  it('gives back what was backed up, after all of it was destroyed', async () => {
    await stack.sql(
      'postgres',
      'CREATE TABLE precious AS SELECT id, md5(id::text) AS value FROM generate_series(1, 20000) id',
    );
    for (let key = 0; key < 50; key += 1) await stack.redis('redis-1', 'SET', `precious:${key}`, `value ${key}`);
    const rows = (): Promise<string> =>
      stack.sql('postgres', "SELECT md5(string_agg(value, ',' ORDER BY id)) FROM precious");
    const checksum = await rows();
    const program = (script: string, ...args: readonly string[]): Promise<string> =>
      stack.compose('--profile', 'backup', 'run', '--rm', '-T', 'backup', 'node', `scripts/backup/${script}`, ...args);

    const backedUpAtMs = Date.now();
    await program('backup.mjs');
    const restoredFromMs = Date.now();
    await stack.sql('postgres', 'DROP TABLE precious');
    for (const node of ['redis-1', 'redis-2', 'redis-3', 'redis-4', 'redis-5', 'redis-6'])
      await stack.redis(node, 'FLUSHALL').catch((error: Error) => expect(error.message).to.contain('READONLY'));
    expect(await stack.redis('redis-1', 'GET', 'precious:7')).to.equal('');
    await program('restore.mjs', '--overwrite');
    figure(`backup ${restoredFromMs - backedUpAtMs} ms, destroyed and restored ${Date.now() - restoredFromMs} ms`);

    expect(await rows()).to.equal(checksum);
    for (let key = 0; key < 50; key += 1)
      expect(await stack.redis('redis-1', 'GET', `precious:${key}`)).to.equal(`value ${key}`);
    expect((await me()).status).to.equal(200);
  });
});

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
