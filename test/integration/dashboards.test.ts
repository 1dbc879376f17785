import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { dashboards, expressions } from '../helpers/dashboards.ts';
import { freePort } from '../helpers/free-port.ts';
import { PacedLoad } from '../helpers/paced-load.ts';
import { isInstalled, Prometheus } from '../helpers/prometheus.ts';
import { type RedisServer, redisAvailable, startRedis } from '../helpers/redis-server.ts';
import { ROOT, Runtime, until } from '../helpers/runtime.ts';

const STATE = fileURLToPath(new URL('../../src/scaling/state/index.js', import.meta.url));

/** An app that uses what workers share. */
const APP = `
import { createServer } from 'node:http';
import { cache, rateLimit, sharedState } from ${JSON.stringify(STATE)};
const values = cache({ name: 'values', ttlMs: 60_000 });
const limit = rateLimit({ name: 'api', kind: 'standard', points: 1, durationMs: 60_000 });
createServer(async (request, response) => {
  await sharedState().increment('visits', 1, 60_000);
  await values.get('key', async () => 'value');
  await limit.consume('somebody');
  response.end('ok');
}).listen(process.env.PORT, '127.0.0.1');
`;

/** Wants more workers than the limit allows, whatever happens. */
const GREEDY = [
  {
    name: 'more',
    metric: 'requestRate',
    operator: 'gte',
    threshold: 1,
    action: 'scale-up',
    scaleAmount: 5,
    cooldownPeriod: 1_000,
    priority: 1,
  },
];

/** What some panels need and does not run here; every other panel must have data. */
const ELSEWHERE: ReadonlySet<string> = new Set(['scaler', 'leases', 'sessions', 'jobs', 'postgres', 'database']);

describe('the dashboards of Grafana', function () {
  this.timeout(90_000);

  it('are what their sources make', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/dashboards.mjs', '--check'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
  });

  it('have panels that lie beside one another, each with a description', () => {
    for (const { uid, panels } of dashboards()) {
      expect(new Set(panels.map(({ id }) => id)).size, uid).to.equal(panels.length);
      for (const { title, type, description, gridPos } of panels) {
        if (type !== 'row') expect(description, `${uid}: ${title}`).to.match(/\S.*\.$/);
        expect(gridPos.x + gridPos.w, `${uid}: ${title}`).to.be.at.most(24);
      }
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
      );
      expect(new Set(cells).size, uid).to.equal(cells.length);
    }
  });

  describe('over a real Prometheus that scraped a real runtime (needs prometheus, haproxy, redis-server, prometheus-redis-exporter)', () => {
    let runtime: Runtime | undefined;
    let redis: RedisServer | undefined;
    let prometheus: Prometheus | undefined;
    let load: PacedLoad | undefined;
    let app = '';
    let rules = '';
    const children: ChildProcess[] = [];

    before(async function () {
      const programs = ['prometheus', 'prometheus-redis-exporter'];
      const haproxy = spawnSync('haproxy', ['-v'], { stdio: 'ignore' }).status === 0;
      if (!programs.every(isInstalled) || !haproxy || !redisAvailable()) return this.skip();
      redis = await startRedis({ settings: { maxmemory: '100mb', 'cluster-enabled': 'yes' } });
      await redis.cli('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      app = path.join(tmpdir(), `tidegate-dashboards-app-${process.pid}.mjs`);
      rules = `${app}.json`;
      writeFileSync(app, APP);
      writeFileSync(rules, JSON.stringify({ rules: GREEDY }));
      runtime = await Runtime.start(app, {
        args: ['-i', '2', '--max', '3'],
        env: {
          REDIS_ENABLED: 'true',
          REDIS_CLUSTER_ENABLED: 'true',
          REDIS_CLUSTER_NODES: `${redis.host}:${redis.port}`,
          SCALING_RULES_FILE: rules,
        },
      });
      const [front, metrics, exporter] = [await freePort(), await freePort(), await freePort()];
      const configuration = path.join(runtime.directory, 'haproxy.cfg');
      writeFileSync(configuration, haproxyConfiguration(front, metrics, runtime.port));
      children.push(
        spawn('haproxy', ['-db', '-f', configuration], { stdio: 'ignore' }),
        spawn(
          'prometheus-redis-exporter',
          ['-redis.addr', `redis://${redis.host}:${redis.port}`, '-web.listen-address', `127.0.0.1:${exporter}`],
          { stdio: 'ignore' },
        ),
      );
      prometheus = await Prometheus.start({
        targets: {
          tidegate: [new URL(runtime.controlUrl).host],
          haproxy: [`127.0.0.1:${metrics}`],
          redis: [`127.0.0.1:${exporter}`],
        },
      });
      const server = prometheus;
      await until('all are scraped', async () => (await server.value('sum(up)')) === 3, 20_000);
      load = new PacedLoad(`http://127.0.0.1:${front}/`, { clients: 4, perSecond: 40 });
      await runtime.scale(3);
      await runtime.scale(2);
      await runtime.api('POST', '/scaling/resume', {});
      await until(
        'what was drained is counted',
        async () => ((await server.value('sum(tidegate_drains_total)')) ?? 0) > 0,
        20_000,
      );
    });

    after(async () => {
      await load?.stop();
      await prometheus?.stop();
      for (const child of children) child.kill('SIGKILL');
      await runtime?.kill();
      await redis?.stop();
      for (const file of [app, rules]) rmSync(file, { force: true });
    });

    it('ask nothing that Prometheus does not understand', async () => {
      for (const { expr } of expressions()) await prometheus?.query(expr);
      for (const { templating } of dashboards()) expect(templating.list).to.have.length(2);
    });

    it('show something in every panel of what runs', async () => {
      const server = prometheus as Prometheus;
      const asked = expressions().filter(({ needs }) => needs === null || !ELSEWHERE.has(needs));
      expect(asked.length).to.be.above(40);
      const empty = async (): Promise<string[]> => {
        const answers = await Promise.all(asked.map(({ expr }) => server.query(expr)));
        return asked.filter((_, index) => answers[index]?.length === 0).map(({ where }) => where);
      };
      let last: readonly string[] = [];
      await until(
        'every panel has data',
        async () => {
          last = await empty();
          return last.length === 0;
        },
        20_000,
      ).catch(() => {});
      expect(last).to.deep.equal([]);
    });
  });
});

function haproxyConfiguration(front: number, metrics: number, app: number): string {
  return `
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend web
  bind 127.0.0.1:${front}
  maxconn 1000
  default_backend app
frontend metrics
  bind 127.0.0.1:${metrics}
  http-request use-service prometheus-exporter if { path /metrics }
backend app
  server one 127.0.0.1:${app} check
`;
}
