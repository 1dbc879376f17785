/** `npm run monitor`, over servers that answer as the parts of the stack do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { freePort } from '../helpers/free-port.ts';
import { ROOT } from '../helpers/runtime.ts';

const VIEWER = 'a-token-for-viewers';
const PASSWORD = 'open sesame';

const CLUSTER = {
  desired: 2,
  ready: 1,
  instances: [
    { name: 'shop_app_1', phase: 'running', ready: true, trouble: null },
    { name: 'shop_app_2', phase: 'running', ready: false, trouble: 'it does not answer' },
  ],
  workers: [{ sample: { elu: 0.254, inFlight: 3, connections: 12, rssBytes: 52_428_800 } }, { sample: null }],
};
const STATS = `# pxname,svname,req_rate,scur,hrsp_5xx,act,qcur
web,FRONTEND,41,7,2,,
app,BACKEND,,,,1,4
`;
const ALERT = {
  labels: { alertname: 'RedisDown', severity: 'critical' },
  annotations: { summary: 'Redis node redis-2 does not answer' },
  state: 'firing',
};
const TARGETS = [
  { health: 'up', labels: { job: 'tidegate', instance: 'a' } },
  { health: 'down', labels: { job: 'redis', instance: 'redis-2' } },
];

describe('the monitor of the stack', () => {
  const servers: Server[] = [];
  let directory = '';

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-monitor-'));
    mkdirSync(path.join(directory, 'secrets'));
    writeFileSync(path.join(directory, 'secrets/management_tokens'), `viewer:${VIEWER},admin:another-token-than-that`);
    writeFileSync(path.join(directory, 'secrets/stats_password'), PASSWORD);
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    rmSync(directory, { recursive: true });
  });

  /** A server on a free port; what is asked with other credentials is refused. */
  async function answering(answers: Readonly<Record<string, unknown>>, authorization?: string): Promise<string> {
    const listener: RequestListener = ({ url = '', headers }, response) => {
      response.statusCode = authorization === undefined || headers.authorization === authorization ? 200 : 401;
      const answer = answers[url.split('?')[0] as string];
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    };
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return String((server.address() as AddressInfo).port);
  }

  async function monitor(ports: Readonly<Record<string, string>>) {
    const script = path.join(ROOT, 'scripts/docker/monitor.mjs');
    const env = { ...process.env, SECRETS_DIRECTORY: path.join(directory, 'secrets'), ...ports };
    const child: ChildProcess = spawn(process.execPath, [script, '--once'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout?.on('data', (data) => (said.stdout += data));
    child.stderr?.on('data', (data) => (said.stderr += data));
    const [code] = (await once(child, 'close')) as [number];
    return { code, ...said };
  }

  const basic = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;

  it('shows where everything is, the containers, the balancer, the alerts and what is not scraped', async () => {
    const sinceMs = Date.now() - 61_000;
    const { code, stdout } = await monitor({
      SCALER_PORT: await answering(
        { '/cluster/status': CLUSTER, '/scaling/status': { pin: { by: 'ada', reason: 'sale' }, paused: null } },
        `Bearer ${VIEWER}`,
      ),
      STATS_PORT: await answering({ '/stats;csv': STATS }, basic),
      PROMETHEUS_PORT: await answering({
        '/api/v1/alerts': { data: { alerts: [{ ...ALERT, activeAt: new Date(sinceMs).toISOString() }] } },
        '/api/v1/targets': { data: { activeTargets: TARGETS } },
      }),
      GRAFANA_PORT: '3999',
    });
    expect(code).to.equal(0);
    expect(stdout).to.contain('http://127.0.0.1:3999   Grafana');
    expect(stdout).to.contain('Containers  2 wanted, 1 ready; set by ada (sale)\n');
    expect(stdout).to.contain('shop_app_1  running     25 %          3           12  50 MiB\n');
    expect(stdout).to.contain('shop_app_2  not ready      –          –            –  –  it does not answer\n');
    expect(stdout).to.contain(
      'Balancer    41 requests/s, 7 connections, 1 servers up, 4 waiting, 2 answers 5xx since its start\n',
    );
    expect(stdout).to.match(
      /Alerts {6}! RedisDown \(critical, firing for 6\d s\): Redis node redis-2 does not answer\n/,
    );
    expect(stdout).to.contain('Scraped     1 of 2 targets up; down: redis redis-2\n');
  });

  it('shows the rest when a part does not answer', async () => {
    const nobody = String(await freePort());
    const { code, stdout } = await monitor({
      SCALER_PORT: nobody,
      STATS_PORT: await answering({ '/stats;csv': STATS }, 'other credentials'),
      PROMETHEUS_PORT: await answering({
        '/api/v1/alerts': { data: { alerts: [] } },
        '/api/v1/targets': { data: { activeTargets: TARGETS.slice(0, 1) } },
      }),
    });
    expect(code).to.equal(0);
    expect(stdout).to.contain('Containers  no answer: ECONNREFUSED\n');
    expect(stdout).to.match(/Balancer {4}no answer: http\S+ answered 401\n/);
    expect(stdout).to.contain('Alerts      none\nScraped     1 of 1 targets up\n');
  });

  it('says how to bring the stack up when nothing of it answers', async () => {
    const nobody = String(await freePort());
    const { code, stdout, stderr } = await monitor({
      SCALER_PORT: nobody,
      STATS_PORT: nobody,
      PROMETHEUS_PORT: nobody,
    });
    expect({ code, stdout, stderr }).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: 'The stack does not answer. Bring it up with: npm run docker:up\n',
    });
  });
});
