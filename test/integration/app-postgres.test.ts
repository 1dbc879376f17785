import { expect } from 'chai';
import { migrate } from '../../src/scaling/database/index.ts';
import { MIGRATIONS } from '../helpers/migrations-folder.ts';
import { POSTGRES_MISSING, PostgresServer } from '../helpers/postgres-servers.ts';
import { until } from '../helpers/runtime.ts';
import { AppProcess } from './app-process.ts';
import { AppUser } from './app-user.ts';

interface Reports {
  readonly reports: readonly { readonly payload: unknown }[];
  readonly code?: string;
}

describe(`the reference app on PostgreSQL${POSTGRES_MISSING}`, function () {
  this.timeout(60_000);
  let server: PostgresServer;
  let env: Record<string, string>;
  let app: AppProcess;

  before(async function () {
    if (POSTGRES_MISSING) this.skip();
    server = await PostgresServer.start();
    const primary = server.url(await server.createDatabase());
    await migrate({ primary, directory: MIGRATIONS, direction: 'up' });
    env = { DATABASE_URL: primary, DB_CONNECT_TIMEOUT_MS: '1000', DB_STATEMENT_TIMEOUT_MS: '1000' };
    app = await AppProcess.start(env);
  });
  after(async () => {
    await app?.stop();
    await server?.stop();
  });

  it('keeps its reports, events and lease histories there', async () => {
    const ann = new AppUser(app.url, 'Ann');
    await ann.logIn();
    const { status } = await ann.ask('POST', '/api/reports/usage', { period: '2026-11', payload: { calls: 7 } });
    expect(status).to.equal(201);
    const lease = await ann.ask<{ id: string }>('POST', '/api/leases', {});
    expect(lease.status).to.equal(201);
    const history = await ann.ask<{ history: { leaseId: string }[] }>('GET', '/api/leases');
    expect(history.body.history.map(({ leaseId }) => leaseId)).to.deep.equal([lease.body.id]);
    await until('the events are written', async () => {
      const { body } = await ann.ask<{ counts: { kind: string }[] }>('GET', '/api/activity');
      return ['lease.granted', 'login'].every((kind) => body.counts.some((count) => count.kind === kind));
    });
    expect(await app.stop()).to.equal(0);

    app = await AppProcess.start(env);
    const again = new AppUser(app.url, 'Bob');
    const { body } = await again.ask<Reports>('GET', '/api/reports/usage?period=2026-11');
    expect(body.reports.map(({ payload }) => payload)).to.deep.equal([{ calls: 7 }]);
    const health = await again.ask('GET', '/api/health');
    expect(health.body).to.have.nested.property('dependencies.database.status', 'ok');
    expect(health.body).to.have.nested.property('dependencies.database.latencyMs').above(0);
  });

  it('goes on without it, as far as it can, and comes back by itself', async () => {
    const cat = new AppUser(app.url, 'Cat');
    await cat.logIn();
    const read = (kind: string) => cat.ask<Reports>('GET', `/api/reports/${kind}?period=2026-11`);
    expect((await read('usage')).status).to.equal(200);
    await server.kill();

    const refused = await read('errors');
    expect(refused.status).to.equal(503);
    expect(refused.body.code).to.be.oneOf(['DB_UNAVAILABLE', 'CIRCUIT_OPEN']);
    expect(Number(refused.headers.get('retry-after'))).to.be.above(0);
    expect((await read('usage')).status, 'what is cached').to.equal(200);
    const dan = new AppUser(app.url, 'Dan');
    await dan.logIn();
    expect((await dan.ask('GET', '/api/me')).status).to.equal(200);
    expect((await dan.ask('POST', '/api/leases', {})).status).to.equal(201);
    await until('health says so', async () => {
      await read('errors');
      const { status, body } = await dan.ask<{ dependencies: { database: { status: string } } }>('GET', '/health');
      expect(status).to.equal(200);
      return body.dependencies.database.status === 'unavailable';
    });

    await server.restart();
    await until('reports are read again', async () => (await read('errors')).status === 200, 20_000);
    const { body } = await dan.ask('GET', '/health');
    expect(body).to.have.nested.property('dependencies.database.status').oneOf(['ok', 'degraded']);
  });
});
