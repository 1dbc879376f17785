import { expect } from 'chai';
import { PostgresEvents } from '../../../src/app/repositories/postgres/events.ts';
import { PostgresLeaseHistory } from '../../../src/app/repositories/postgres/lease-history.ts';
import { PostgresReports } from '../../../src/app/repositories/postgres/reports.ts';
import { createDatabase, type Database, migrate, type Queryable } from '../../../src/scaling/database/index.ts';
import { MIGRATIONS, scalabilityIndexes } from '../../helpers/migrations-folder.ts';
import { POSTGRES_MISSING, PostgresServer } from '../../helpers/postgres-servers.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** An hour's beginning. */
const THEN_MS = Date.UTC(2026, 0, 15, 12);

describe(`the repositories on PostgreSQL${POSTGRES_MISSING}`, () => {
  let server: PostgresServer;
  let database: Database;

  before(async function () {
    if (POSTGRES_MISSING) this.skip();
    server = await PostgresServer.start();
  });

  after(() => server?.stop());

  beforeEach(async () => {
    const primary = server.url(await server.createDatabase());
    await migrate({ primary, directory: MIGRATIONS, direction: 'up' });
    database = createDatabase({ primary, poolMax: 4 });
  });

  afterEach(() => database?.close());

  it('keep reports, and give the newest of a kind and period', async () => {
    const reports = new PostgresReports(database);
    const of = (kind: string, period: string, createdAtMs: number, payload: unknown = {}) =>
      reports.add({ kind, period, payload, createdAtMs });
    const first = await of('usage', '2026-01', THEN_MS, { users: 1 });
    const list = await of('usage', '2026-01', THEN_MS + 5, [1, 'two', null]);
    const same = await of('usage', '2026-01', THEN_MS + 5, 'text');
    await of('usage', '2026-02', THEN_MS + 9);
    await of('errors', '2026-01', THEN_MS + 9);
    expect(await reports.newest('usage', '2026-01', 10)).to.deep.equal([same, list, first]);
    expect(await reports.newest('usage', '2026-01', 1)).to.deep.equal([same]);
    expect(await reports.newest('usage', '2026-03', 1)).to.deep.equal([]);
    expect(first).to.deep.include({ payload: { users: 1 }, createdAtMs: THEN_MS });
  });

  it('count events per kind and hour, the end of the range left out', async () => {
    const events = new PostgresEvents(database);
    const at = (kind: string, atMs: number) => events.add({ kind, userId: 'u', atMs, payload: {} });
    await at('chat', THEN_MS - 1);
    await at('chat', THEN_MS);
    await at('chat', THEN_MS + HOUR_MS - 1);
    await at('call', THEN_MS + 1);
    await at('chat', THEN_MS + HOUR_MS);
    await at('chat', THEN_MS + 3 * HOUR_MS);
    expect(await events.countsPerHour(THEN_MS, THEN_MS + 3 * HOUR_MS)).to.deep.equal([
      { kind: 'call', hourMs: THEN_MS, count: 1 },
      { kind: 'chat', hourMs: THEN_MS, count: 2 },
      { kind: 'chat', hourMs: THEN_MS + HOUR_MS, count: 1 },
    ]);
  });

  it('give a user’s events page by page, newest first, each once, also those of the same millisecond', async () => {
    const events = new PostgresEvents(database);
    for (let index = 0; index < 7; index += 1) {
      await events.add({ kind: 'chat', userId: 'ann', atMs: THEN_MS + Math.floor(index / 3), payload: { index } });
      await events.add({ kind: 'chat', userId: 'bob', atMs: THEN_MS, payload: {} });
    }
    const seen: unknown[] = [];
    let page = await events.newestOfUser('ann', 2);
    while (page.length > 0) {
      seen.push(...page.map(({ payload }) => (payload as { index: number }).index));
      page = await events.newestOfUser('ann', 2, page.at(-1));
    }
    expect(seen).to.deep.equal([6, 5, 4, 3, 2, 1, 0]);
  });

  it('keep what became of leases: of a lease in order, of an owner newest first', async () => {
    const history = new PostgresLeaseHistory(database);
    const change = (leaseId: string, owner: string, status: string, atMs: number) =>
      history.add({ leaseId, owner, status, atMs });
    const created = await change('l1', 'ann', 'created', THEN_MS);
    const connected = await change('l1', 'ann', 'connected', THEN_MS);
    const other = await change('l2', 'ann', 'created', THEN_MS + 1);
    await change('l3', 'bob', 'created', THEN_MS + 2);
    expect(await history.ofLease('l1')).to.deep.equal([created, connected]);
    expect(await history.newestOfOwner('ann', 2)).to.deep.equal([other, connected]);
  });

  it('take part in a transaction', async () => {
    await database
      .transaction(async (transaction) => {
        const reports = new PostgresReports(transaction);
        await reports.add({ kind: 'k', period: 'p', payload: {}, createdAtMs: THEN_MS });
        expect(await reports.newest('k', 'p', 1)).to.have.length(1);
        throw new Error('changed my mind');
      })
      .catch(() => {});
    expect(await new PostgresReports(database).newest('k', 'p', 1)).to.deep.equal([]);
  });

  it('have an index for each of their queries, and a query for each index, on large tables', async () => {
    await fill();
    const plans: { readonly text: string; readonly nodes: readonly PlanNode[] }[] = [];
    const planned = async <Row>(text: string, values: readonly unknown[] = []) => {
      plans.push({ text, nodes: await explain(text, values) });
      return database.query<Row>(text, values);
    };
    const explained: Queryable = { query: planned, read: planned };

    const reports = new PostgresReports(explained);
    await reports.add({ kind: 'usage', period: '2026-01', payload: {}, createdAtMs: THEN_MS });
    expect(await reports.newest('kind-1', 'period-1', 10)).to.have.length(10);
    const events = new PostgresEvents(explained);
    await events.add({ kind: 'chat', userId: 'user-1', atMs: THEN_MS, payload: {} });
    expect(await events.countsPerHour(THEN_MS - DAY_MS, THEN_MS)).to.have.length.greaterThan(24);
    const page = await events.newestOfUser('user-1', 10);
    expect(page).to.have.length(10);
    expect(await events.newestOfUser('user-1', 10, page.at(-1))).to.have.length(10);
    const history = new PostgresLeaseHistory(explained);
    await history.add({ leaseId: 'lease-1', owner: 'owner-1', status: 'created', atMs: THEN_MS });
    expect(await history.ofLease('lease-1')).to.have.length.greaterThan(1);
    expect(await history.newestOfOwner('owner-1', 10)).to.have.length(10);

    expect(plans).to.have.length(methodsOf(PostgresReports, PostgresEvents, PostgresLeaseHistory) + 1);
    const used = plans.map(({ text, nodes }) => {
      const types = nodes.map((node) => node['Node Type']);
      expect(types, text).to.not.include('Seq Scan');
      // Sorting for the sake of ten rows would read them all; the counts of hours and kinds are few.
      if (text.includes('LIMIT')) expect(types, text).to.not.include('Sort').and.not.include('Incremental Sort');
      return nodes.flatMap((node) => node['Index Name'] ?? []);
    });
    expect(used).to.deep.equal([
      [],
      ['reports_kind_period_newest'],
      [],
      ['events_at_kind'],
      ['events_user_newest'],
      ['events_user_newest'],
      [],
      ['lease_history_lease'],
      ['lease_history_owner_newest'],
    ]);
    expect(new Set(used.flat())).to.deep.equal(new Set(scalabilityIndexes.map(({ name }) => name)));
    expect(plans[3]?.nodes.map((node) => node['Node Type'])).to.include('Index Only Scan');
  });

  it('would read tables from end to end without those indexes', async () => {
    await fill();
    for (const { name } of scalabilityIndexes) await database.query(`DROP INDEX ${name}`);
    for (const table of ['reports', 'events', 'lease_history']) {
      const column = table === 'reports' ? 'kind' : table === 'events' ? 'user_id' : 'owner';
      const nodes = await explain(`SELECT id FROM ${table} WHERE ${column} = $1 ORDER BY id + 0 LIMIT 10`, ['x']);
      expect(nodes.map((node) => node['Node Type'])).to.include('Seq Scan');
    }
  });

  async function explain(text: string, values: readonly unknown[]): Promise<readonly PlanNode[]> {
    const { rows } = await database.query<{ 'QUERY PLAN': readonly [{ Plan: PlanNode }] }>(
      `EXPLAIN (FORMAT JSON) ${text}`,
      values,
    );
    return rows.flatMap((row) => nodesOf(row['QUERY PLAN'][0].Plan));
  }

  interface PlanNode {
    readonly 'Node Type': string;
    readonly 'Index Name'?: string;
    readonly Plans?: readonly PlanNode[];
  }

  function nodesOf(plan: PlanNode): readonly PlanNode[] {
    return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
  }

  function methodsOf(...classes: readonly (abstract new (...args: never) => object)[]): number {
    const names = classes.flatMap((each) => Object.getOwnPropertyNames(each.prototype));
    return names.filter((name) => name !== 'constructor').length;
  }

  /** A month of 40,000 events and as many of the rest; statistics as autovacuum keeps them. */
  async function fill(): Promise<void> {
    await database.query(`
      INSERT INTO reports (kind, period, payload, created_at)
        SELECT 'kind-' || i % 20, 'period-' || i % 41, '{}', timestamptz '2026-01-15 12:00Z' - i * interval '1 minute'
        FROM generate_series(1, 40000) i;
      INSERT INTO events (kind, user_id, at, payload)
        SELECT 'kind-' || i % 5, 'user-' || i % 997, timestamptz '2026-01-15 12:00Z' - i * interval '1 minute', '{}'
        FROM generate_series(1, 40000) i;
      INSERT INTO lease_history (lease_id, owner, status, at)
        SELECT 'lease-' || i % 9973, 'owner-' || i % 499, 'created', timestamptz '2026-01-15 12:00Z' - i * interval '1 minute'
        FROM generate_series(1, 40000) i`);
    await database.query('VACUUM ANALYZE reports');
    await database.query('VACUUM ANALYZE events');
    await database.query('VACUUM ANALYZE lease_history');
  }
});
