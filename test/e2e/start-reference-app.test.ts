import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { ClusterStatus } from '../../src/ipc/status.ts';
import { isAlive } from '../helpers/processes.ts';
import { Runtime, START_SCALING, until } from '../helpers/runtime.ts';

const REQUESTS = 40;
const EACH = { '/api/fast': REQUESTS, '/api/io?ms=5': REQUESTS, '/api/cpu?ms=2': REQUESTS };
const TOTAL = 3 * REQUESTS;

interface Upstream {
  readonly worker: number;
  readonly state: string;
  readonly breaker: { readonly state: string; readonly totalRequests: number };
}

/** What promtool says of a metrics page; null where it is not installed. */
async function promtool(page: string): Promise<{ readonly code: number | null; readonly said: string } | null> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}).end(page);
  const [closed, out, error] = await Promise.allSettled([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  if (closed.status === 'rejected') return null;
  const said = [out, error].map((stream) => (stream.status === 'fulfilled' ? stream.value : '')).join('');
  return { code: closed.value[0] as number | null, said };
}

describe('the reference app, clustered', function () {
  this.timeout(60_000);
  let runtime: Runtime;

  const get = async <T>(path: string): Promise<T> => {
    const { status, body } = await runtime.api<T>('GET', path);
    expect(status, path).to.equal(200);
    return body;
  };

  before(async () => {
    runtime = await Runtime.start(START_SCALING, { args: ['-i', '2'], env: { MAX_INSTANCES: '10' } });
  });
  after(() => runtime.kill());

  it('has 4 ready workers after the README’s manual scaling, and answers it with 202 and the decision', async () => {
    const { status, body } = await runtime.api('POST', '/scaling/manual', {
      instances: 4,
      reason: 'High traffic expected',
    });
    expect(status).to.equal(202);
    expect(body).to.include({ action: 'scale-up', reason: 'pin', before: 2, desired: 4 });
    expect(body.sentence).to.contain('High traffic expected');
    const { workers } = await runtime.waitForWorkers(4);
    expect(workers.map(({ slot }) => slot)).to.have.members([0, 1, 2, 3]);
  });

  describe(`after ${TOTAL} requests`, () => {
    before(async () => {
      for (const [path, count] of Object.entries(EACH)) {
        const answers = await Promise.all(Array.from({ length: count }, () => fetch(`${runtime.url}${path}`)));
        for (const answer of answers) expect(answer.status).to.equal(200);
        await Promise.all(answers.map((answer) => answer.json()));
      }
      await until('all workers have reported', async () => {
        const { workers } = await runtime.status();
        return workers.reduce((sum, { sample }) => sum + (sample?.totals.requestsCompleted ?? 0), 0) === TOTAL;
      });
    });

    it('GET /health: 4 workers, nothing wrong', async () => {
      const health = await get<Record<string, object>>('/health');
      expect(health).to.include({ status: 'ok' });
      expect(health.workers).to.deep.equal({ desired: 4, ready: 4, starting: 0, draining: 0 });
      expect(health.memory).to.include.keys('rssBytes', 'workersRssBytes', 'machineAvailableBytes');
    });

    it('GET /health/performance: every request, and what each route takes', async () => {
      interface Traffic {
        readonly latency: { readonly count: number; readonly p50Ms: number; readonly p99Ms: number };
      }
      interface Performance {
        readonly merged: { readonly traffic: Traffic; readonly rssBytes: number };
        readonly workers: readonly { readonly traffic: Traffic; readonly source: string; readonly rssBytes: number }[];
      }
      const { merged, workers } = await until('the round that counts the last request', async () => {
        const performance = await get<Performance>('/health/performance');
        return performance.merged.traffic.latency.count === TOTAL && performance;
      });
      expect(workers.map(({ source }) => source)).to.deep.equal(['agent', 'agent', 'agent', 'agent']);
      expect(workers.reduce((sum, { traffic }) => sum + traffic.latency.count, 0)).to.equal(TOTAL);
      expect(workers.reduce((sum, { rssBytes }) => sum + rssBytes, 0)).to.equal(merged.rssBytes);
      // A third of the requests wait for 5 ms, a third compute for 2 ms.
      expect(merged.traffic.latency.p50Ms).to.be.at.least(1.5);
      expect(merged.traffic.latency.p99Ms).to.be.at.least(5);
    });

    it('GET /cluster/status: the processes that there are', async () => {
      const status = await get<ClusterStatus>('/cluster/status');
      expect(status).to.include({ name: 'test', desired: 4, ready: 4, stopping: false, reload: null, generation: 1 });
      expect(status.pid).to.equal(runtime.process.pid);
      expect(status.addresses).to.deep.equal([`[::]:${runtime.port}`]);
      expect(status.workers.filter(({ pid }) => pid === null || !isAlive(pid))).to.deep.equal([]);
      for (const worker of status.workers) expect(worker).to.include({ phase: 'ready', restarts: 0, balanced: true });
    });

    it('GET /scaling/status: the pin, the limits, the forecast and the shipped rules that stand beside the demand model', async () => {
      const scaling = await get<{
        readonly rules: readonly { readonly name: string }[];
        readonly actions: readonly object[];
        readonly pin: object;
      }>('/scaling/status');
      expect(scaling).to.include({ enabled: true, desired: 4, ready: 4, paused: null });
      expect(scaling).to.have.deep.property('limits', { min: 1, max: 10 });
      expect(scaling).to.have.nested.property('forecast.enabled', true);
      expect(scaling.pin).to.include({ instances: 4, reason: 'High traffic expected' });
      expect(scaling.rules.map(({ name }) => name)).to.include.members(['capacity-high', 'error-rate-high']);
      expect(scaling.actions).to.have.lengthOf(1);
      expect(scaling.actions[0]).to.include({ action: 'scale-up', before: 2, desired: 4, reason: 'pin' });
    });

    it('GET /scaling/decisions/last and /scaling/decisions/:id: the same decision, explained', async () => {
      const last = await get<{ record: { id: number }; explanation: string[] }>('/scaling/decisions/last');
      const same = await get<{ record: { sentence: string } }>(`/scaling/decisions/${last.record.id}`);
      expect(same.record.sentence).to.contain('High traffic expected');
      expect(last.explanation.join('\n')).to.contain('Pin: 4 workers');
    });

    it('GET /loadbalancer/status: the four workers, whose requests add up', async () => {
      const balancer = await get<{ upstreams: Upstream[] }>('/loadbalancer/status');
      expect(balancer).to.include({ mode: 'tcp', algorithm: 'adaptive', accept: 'shared', parked: 0, shed: 0 });
      expect(balancer.upstreams.map(({ state }) => state)).to.deep.equal(['ready', 'ready', 'ready', 'ready']);
      const counted = await until('the breakers have counted them all', async () => {
        const { upstreams } = await get<{ upstreams: Upstream[] }>('/loadbalancer/status');
        return upstreams.reduce((sum, { breaker }) => sum + breaker.totalRequests, 0) === TOTAL && upstreams;
      });
      for (const { breaker } of counted) expect(breaker.state).to.equal('closed');
    });

    it('GET /api/v1/admin/circuit-breaker/stats: one closed breaker for each worker', async () => {
      const breakers = await get<Record<string, { state: string }>>('/api/v1/admin/circuit-breaker/stats');
      expect(Object.keys(breakers)).to.have.members(['worker-0', 'worker-1', 'worker-2', 'worker-3']);
      for (const { state } of Object.values(breakers)) expect(state).to.equal('closed');
    });

    it('GET /redis/status: nothing is on Redis, and the embedded store is connected', async () => {
      const body = await get<object>('/redis/status');
      expect(body).to.include({
        enabled: false,
        driver: 'embedded',
        connected: true,
        degradedSinceMs: null,
        redis: null,
      });
    });

    it('GET /api/v1/admin/fleet-stats and /servers: this machine, which offers no slots', async () => {
      const stats = await get<{ serverCount: number; servers: { id: string }[] }>('/api/v1/admin/fleet-stats');
      expect(stats).to.deep.include({ serverCount: 1, totalCapacity: 0, totalLoad: 0 });
      const { servers } = await get<{ servers: { id: string }[] }>('/api/v1/admin/servers');
      expect(servers.map(({ id }) => id)).to.deep.equal(stats.servers.map(({ id }) => id));
      expect(await get(`/api/v1/admin/servers/${stats.servers[0]?.id}`)).to.include({ id: stats.servers[0]?.id });
    });

    it('GET /api/v1/capacity: no slots, as no figure was configured', async () => {
      expect(await get('/api/v1/capacity')).to.include({ hasCapacity: false, activeSlots: 0, serverCount: 1 });
    });

    it('GET /api/v1/instances/:id: no such lease', async () => {
      const answer = await fetch(`${runtime.controlUrl}/api/v1/instances/any`);
      expect(answer.status).to.equal(404);
      expect(await answer.json()).to.include({ code: 'LEASE_NOT_FOUND' });
    });

    it('GET /events: a sample of the cluster as it is', async () => {
      const stream = await fetch(`${runtime.controlUrl}/events`);
      expect(stream.headers.get('content-type')).to.match(/^text\/event-stream/);
      let received = '';
      for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) {
        received += new TextDecoder().decode(chunk);
        if (/^event: sample\ndata: .*\n/m.test(received)) break;
      }
      const [, data = ''] = /^event: sample\ndata: (.*)\n/m.exec(received) ?? [];
      expect((JSON.parse(data) as { cluster: ClusterStatus }).cluster).to.include({ name: 'test', ready: 4 });
    });

    it('GET /: the dashboard, a page that loads nothing from elsewhere', async () => {
      const answer = await fetch(`${runtime.controlUrl}/`);
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('content-type')).to.match(/^text\/html/);
      const page = await answer.text();
      expect(page).to.contain('<title>');
      expect(page).to.not.match(/(src|href)="(https?:)?\/\//);
    });

    it('GET /openapi.json: names every path that this test asks for', async () => {
      const { paths } = await get<{ paths: Record<string, unknown> }>('/openapi.json');
      expect(Object.keys(paths)).to.include.members([
        '/',
        '/health',
        '/health/performance',
        '/metrics',
        '/cluster/status',
        '/scaling/status',
        '/scaling/decisions/{id}',
        '/loadbalancer/status',
        '/redis/status',
        '/api/v1/admin/fleet-stats',
        '/api/v1/admin/servers',
        '/api/v1/admin/servers/{id}',
        '/api/v1/admin/circuit-breaker/stats',
        '/api/v1/capacity',
        '/api/v1/instances/{id}',
        '/events',
      ]);
    });

    it('GET /metrics: the requests by status, the workers, and what the scaler wants', async () => {
      const answer = await fetch(`${runtime.controlUrl}/metrics`);
      expect(answer.status).to.equal(200);
      const page = await answer.text();
      const counts = [...page.matchAll(/^tidegate_http_requests_total\{[^}]*status_class="2xx"[^}]*\} (\d+)$/gm)];
      expect(counts.reduce((sum, [, count]) => sum + Number(count), 0)).to.equal(TOTAL);
      expect(page).to.match(/^tidegate_scaling_desired 4$/m);
      expect(page).to.match(/^tidegate_scaling_ready 4$/m);
      expect(page).to.match(/^tidegate_http_request_duration_seconds_count 120$/m);
      expect(page.match(/^tidegate_worker_rss_bytes\{worker="\d"\} \d+$/gm)).to.have.lengthOf(4);
    });

    it('GET /metrics passes promtool check metrics (needs promtool)', async function () {
      const verdict = await promtool(await (await fetch(`${runtime.controlUrl}/metrics`)).text());
      if (verdict === null) return this.skip();
      expect(verdict).to.deep.equal({ code: 0, said: '' });
    });
  });
});
