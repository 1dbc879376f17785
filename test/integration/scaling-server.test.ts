import { expect } from 'chai';
import { ManagementFixture, statusAndCode } from '../helpers/management-fixture.ts';
import { STARTED_AT_MS } from '../helpers/management-services.ts';

describe('the control API', () => {
  let api: ManagementFixture;

  beforeEach(async () => {
    api = await ManagementFixture.start();
  });
  afterEach(() => api.close());

  describe('as a whole', () => {
    it('answers every GET that its description lists', async () => {
      await api.post('/scaling/manual', { instances: 3 });
      const { json } = await api.get('/openapi.json');
      for (const path of Object.keys(json.paths).filter((path) => 'get' in json.paths[path] && path !== '/events')) {
        const known = path.replace('/decisions/{id}', '/decisions/last').replace('{file}', 'main.js');
        const { status } = await api.get(known.replace('{id}', 'a'));
        expect(status, path).to.equal(200);
      }
    });

    it('knows every method and path that its description lists', async () => {
      const { json } = await api.get('/openapi.json');
      for (const [path, operations] of Object.entries<object>(json.paths)) {
        for (const method of Object.keys(operations).filter((method) => method !== 'get')) {
          const reply = await api.send(path.replace('{id}', 'a'), { method: method.toUpperCase() });
          expect(reply.status, `${method} ${path}`).to.be.oneOf([200, 202, 400, 409]);
          api.services.state = { ...api.services.state, stopping: false };
        }
      }
    });

    it('lets nothing be cached, sniffed or framed, and does not name its framework', async () => {
      const { headers } = await api.get('/cluster/status');
      expect(headers).to.include({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
      expect(headers).to.not.have.any.keys('x-powered-by', 'access-control-allow-origin', 'etag');
    });
  });

  it('answers HEAD like GET, without a body', async () => {
    const { status, text } = await api.send('/cluster/status', { method: 'HEAD' });
    expect([status, text]).to.deep.equal([200, '']);
    expect((await api.send('/events', { method: 'HEAD' })).headers['content-type']).to.match(/^text\/event-stream/);
    expect(api.services.subscriberCount).to.equal(0);
  });

  it('answers OPTIONS with what is allowed', async () => {
    const { status, headers } = await api.send('/scaling/manual', { method: 'OPTIONS' });
    expect([status, headers.allow]).to.deep.equal([204, 'OPTIONS, POST']);
  });

  describe('views', () => {
    it('serve the cluster status as it is', async () => {
      const { json } = await api.get('/cluster/status');
      expect(json).to.deep.equal(JSON.parse(JSON.stringify(api.services.state)));
    });

    it('answer /health with 200 or 503 by what it says', async () => {
      expect(await api.get('/health').then(({ status, json }) => [status, json.status])).to.deep.equal([200, 'ok']);
      api.services.healthy = false;
      expect(await api.get('/health').then(({ status, json }) => [status, json.status])).to.deep.equal([
        503,
        'critical',
      ]);
    });

    it('serve the metrics with their own content type', async () => {
      const { headers, text } = await api.get('/metrics');
      expect(headers['content-type']).to.equal('text/plain; version=0.0.4');
      expect(text).to.equal('# TYPE tidegate_up gauge\ntidegate_up 1\n');
    });

    it('say what is not in use', async () => {
      for (const path of ['/api/v1/admin/fleet-stats', '/api/v1/admin/servers', '/api/v1/capacity']) {
        const { json } = await api.get(path);
        expect(json.enabled, path).to.equal(false);
        expect(json.detail, path).to.match(/^This runtime has no /);
      }
      const { json } = await api.get('/redis/status');
      expect(json).to.include({ enabled: false, feature: 'redis' });
      expect(json.detail).to.match(/the embedded driver keeps the shared state/);
    });

    it('give the last log lines, all or of one source', async () => {
      for (let line = 1; line <= 150; line += 1) {
        const source = line % 2 === 0 ? 'w1' : 'tidegate';
        api.services.lines.push({ atMs: STARTED_AT_MS + line, source, stream: 'stdout', text: `line ${line}` });
      }
      const texts = async (query: string): Promise<string[]> =>
        (await api.get(`/logs${query}`)).json.lines.map(({ text }: { text: string }) => text);
      expect(await texts('')).to.have.length(100);
      expect(await texts('?lines=2')).to.deep.equal(['line 149', 'line 150']);
      expect(await texts('?lines=2&source=w1')).to.deep.equal(['line 148', 'line 150']);
    });

    for (const query of ['lines=0', 'lines=ten', 'lines=10001', 'lines=1&lines=2', 'source=../etc', 'follow=1']) {
      it(`refuse /logs?${query} with a 400 that names the field`, async () => {
        const { status, json } = await api.get(`/logs?${query}`);
        expect(status).to.equal(400);
        expect(json.errors[0].field).to.equal(query.split('=')[0]);
      });
    }
  });

  describe('circuit breakers', () => {
    it('are reset by name or all, and the change is audited', async () => {
      const { json } = await api.post('/api/v1/admin/circuit-breaker/reset', { name: 'worker-0' });
      expect(json).to.deep.equal({ 'worker-0': { state: 'closed' } });
      expect(api.services.auditEntries[0]).to.deep.include({
        action: 'breaker.reset',
        before: { state: 'open' },
        after: { state: 'closed' },
      });
      expect((await api.post('/api/v1/admin/circuit-breaker/reset')).status).to.equal(200);
    });

    it('are not there under a wrong name', async () => {
      const reply = await api.post('/api/v1/admin/circuit-breaker/reset', { name: 'toString' });
      expect(statusAndCode(reply)).to.deep.equal({ status: 404, code: 'BREAKER_NOT_FOUND' });
      expect(api.services.auditEntries).to.deep.equal([]);
    });
  });

  describe('what is not in use', () => {
    const server = { id: 'a', host: 'h', port: 1, location: '', maxBandwidthMbps: 1, maxConcurrentTunnels: 1 };
    for (const [method, path, body] of [
      ['POST', '/api/v1/admin/servers', server],
      ['DELETE', '/api/v1/admin/servers/a', undefined],
      ['POST', '/api/v1/instances', { owner: 'ann' }],
      ['POST', '/api/v1/instances/a/heartbeat', undefined],
    ] as const) {
      it(`answers ${method} ${path} with 409 FEATURE_DISABLED`, async () => {
        const { status, json } = await api.send(path, { method, body });
        expect(status).to.equal(409);
        expect(json).to.include({ code: 'FEATURE_DISABLED', enabled: false });
      });
    }

    it('includes metrics that were switched off, which a scraper sees by the status', async () => {
      await api.close();
      api = await ManagementFixture.start({ metricsEnabled: false });
      const { status, json } = await api.get('/metrics');
      expect(status).to.equal(404);
      expect(json).to.include({ code: 'FEATURE_DISABLED', enabled: false });
    });

    it('is told of Redis too when REDIS_ENABLED is set', async () => {
      await api.close();
      api = await ManagementFixture.start({ redisEnabled: true });
      expect((await api.get('/redis/status')).json.detail).to.match(/^REDIS_ENABLED is set, but/);
    });
  });
});
