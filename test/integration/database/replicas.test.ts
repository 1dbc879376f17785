import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import {
  createDatabase,
  type Database,
  type DatabaseError,
  type DatabaseOptions,
} from '../../../src/scaling/database/index.ts';
import { POSTGRES_MISSING, PostgresServer } from '../../helpers/postgres-servers.ts';
import { until } from '../../helpers/runtime.ts';

const WHO = "SELECT current_setting('port')::int AS port";

/** In front of a server: lets it hang, as a machine does that has lost its network. */
class Hanger {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #hangs = false;

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const upstream = connect(port, '127.0.0.1');
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => this.#sockets.delete(socket));
        if (this.#hangs) socket.pause();
      }
      client.on('data', (chunk) => upstream.write(chunk)).on('close', () => upstream.destroy());
      upstream.on('data', (chunk) => client.write(chunk)).on('close', () => client.destroy());
      if (this.#hangs) for (const socket of [client, upstream]) socket.pause();
    });
  }

  static async before(server: PostgresServer): Promise<Hanger> {
    const hanger = new Hanger(server.port);
    await once(hanger.#server.listen(0, '127.0.0.1'), 'listening');
    return hanger;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${(this.#server.address() as AddressInfo).port}/postgres`;
  }

  hang(): void {
    this.#hangs = true;
    for (const socket of this.#sockets) socket.pause();
  }

  goOn(): void {
    this.#hangs = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

describe(`a database with a streaming replica${POSTGRES_MISSING}`, () => {
  let primary: PostgresServer;
  let replica: PostgresServer;
  let database: Database;
  const opened: Database[] = [];

  const open = (options: Partial<DatabaseOptions> = {}): Database => {
    const created = createDatabase({
      primary: primary.url(),
      replicaUrls: [replica.url()],
      poolMin: 0,
      poolMax: 8,
      replicaCheckMs: 100,
      maxReplicaLagMs: 250,
      ...options,
    });
    opened.push(created);
    return created;
  };

  const whoReads = async (of = database, options = {}): Promise<unknown> =>
    (await of.read<{ port: number }>(WHO, [], options)).rows[0]?.port;
  const readsFrom = (server: PostgresServer, of = database): Promise<unknown> =>
    until('reads have gone there', async () => (await whoReads(of)) === server.port);
  const state = (of = database): string | undefined => of.status().replicas[0]?.state;

  before(async function () {
    if (POSTGRES_MISSING) this.skip();
    this.timeout(60_000);
    primary = await PostgresServer.start();
    await primary.sql('CREATE TABLE things (id int)');
    replica = await primary.startReplica();
  });

  after(async () => {
    await replica?.stop();
    await primary?.stop();
  });

  beforeEach(() => {
    database = open();
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });

  it('reads from the replica, and writes to the primary', async () => {
    expect(await whoReads()).to.equal(primary.port, 'the first read, before any check');
    await readsFrom(replica);
    expect((await database.query<{ port: number }>(WHO)).rows[0]?.port).to.equal(primary.port);
    const { primary: name, replicas, reads } = database.status();
    expect(name).to.equal(`127.0.0.1:${primary.port}/postgres`);
    expect(replicas).to.have.length(1);
    expect(replicas[0]).to.include({
      server: `127.0.0.1:${replica.port}/postgres`,
      state: 'fresh',
      lagMs: 0,
      reason: null,
    });
    expect(reads.replica).to.be.greaterThan(0);
    expect(database.poolStatus().map(({ pool }) => pool)).to.deep.equal(['primary', 'replica-1']);
  });

  it('reads from the primary when asked to, and in transactions', async () => {
    await readsFrom(replica);
    expect(await whoReads(database, { primary: true })).to.equal(primary.port);
    const seen = await database.transaction(async ({ query, read }) => {
      await query('INSERT INTO things VALUES (1)');
      return (await read('SELECT id FROM things')).rows;
    });
    expect(seen).to.deep.equal([{ id: 1 }]);
  });

  it('says that a read that writes is a mistake', async () => {
    await readsFrom(replica);
    const error = await database.read('DELETE FROM things').catch((reason: DatabaseError) => reason);
    expect(error).to.include({ code: 'DB_READ_ONLY' });
    expect(state()).to.equal('fresh');
  });

  it('reads from the primary while the replica lags, and from the replica again when it has caught up', async () => {
    await readsFrom(replica);
    await replica.pauseReplay();
    try {
      await database.query('INSERT INTO things VALUES (2)');
      await until('it lags', async () => {
        await whoReads();
        return state() === 'lagging';
      });
      expect(await whoReads()).to.equal(primary.port);
      expect(database.status().replicas[0]?.lagMs).to.be.greaterThan(250);
    } finally {
      await replica.resumeReplay();
    }
    await readsFrom(replica);
    expect(state()).to.equal('fresh');
  });

  it('does not take a replica for lagging because the primary is idle', async () => {
    await readsFrom(replica);
    const sinceMs = performance.now();
    await until('longer than the limit has passed', () => performance.now() - sinceMs > 500);
    await database.checkReplicas();
    expect(database.status().replicas[0]).to.include({ state: 'fresh', lagMs: 0 });
  });

  it('does take it for lagging when it has lost its primary and the primary goes on', async () => {
    await readsFrom(replica);
    const [setting] = await replica.sql<{ primary_conninfo: string }>('SHOW primary_conninfo');
    await replica.sql("ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'");
    await replica.sql('SELECT pg_reload_conf()');
    try {
      await until('it has lost it', async () => (await replica.sql('SELECT 1 FROM pg_stat_wal_receiver')).length === 0);
      await database.query('INSERT INTO things VALUES (5)');
      await until('it lags', async () => (await whoReads()) === primary.port && state() === 'lagging');
    } finally {
      await replica.sql(`ALTER SYSTEM SET primary_conninfo = '${setting?.primary_conninfo.replaceAll("'", "''")}'`);
      await replica.sql('SELECT pg_reload_conf()');
    }
    await readsFrom(replica);
  });

  it('loses no read when the replica dies under load, and returns to it when it is back', async () => {
    await readsFrom(replica);
    const failures: unknown[] = [];
    let readers = 8;
    let answered = 0;
    let ending = false;
    const reading = Array.from({ length: readers }, async () => {
      while (!ending) {
        await database.read('SELECT pg_sleep(0.005)').then(
          () => (answered += 1),
          (error: unknown) => failures.push(error),
        );
      }
      readers -= 1;
    });
    try {
      await replica.kill();
      expect(await whoReads()).to.equal(primary.port);
      await until('it is known to be down', () => state() === 'down');
      expect(database.status().replicas[0]?.reason).to.include(`127.0.0.1:${replica.port}/postgres`);
      const before = answered;
      await until('reads go on', () => answered > before + 50);
      expect(database.status().reads.rescued).to.be.greaterThan(0);
    } finally {
      await replica.restart();
    }
    await readsFrom(replica);
    ending = true;
    await Promise.all(reading);
    expect([failures, readers]).to.deep.equal([[], 0]);
  });

  it('takes reads away from a replica that hangs, those under way included, and gives them back', async () => {
    const hanger = await Hanger.before(replica);
    try {
      const hanging = open({ replicaUrls: [hanger.url] });
      await readsFrom(replica, hanging);
      const underWay = hanging.read<{ port: number }>(WHO.replace('SELECT', 'SELECT pg_sleep(0.2),'));
      hanger.hang();
      expect((await underWay).rows[0]?.port).to.equal(primary.port);
      expect(state(hanging)).to.equal('down');
      expect(await whoReads(hanging)).to.equal(primary.port);
      hanger.goOn();
      await readsFrom(replica, hanging);
    } finally {
      await hanger.close();
    }
  });

  it('shares reads among its replicas, leaving out the one that is away', async () => {
    const two = open({ replicaUrls: [replica.url(), 'postgres://postgres@127.0.0.1:1/postgres', primary.url()] });
    await two.checkReplicas();
    expect(two.status().replicas.map((each) => each.state)).to.deep.equal(['fresh', 'down', 'fresh']);
    const ports: unknown[] = [];
    for (let read = 0; read < 6; read += 1) ports.push(await whoReads(two));
    expect(ports.filter((port) => port === replica.port)).to.have.length(3);
    expect(two.poolStatus().map(({ pool, total }) => [pool, total])).to.deep.equal([
      ['primary', 0],
      ['replica-1', 1],
      ['replica-2', 0],
      ['replica-3', 1],
    ]);
  });

  it('goes on reading from the replica while the primary is away, and writes again when it is back', async () => {
    await readsFrom(replica);
    await primary.kill();
    try {
      const writing = await database.query('INSERT INTO things VALUES (3)').catch((error: DatabaseError) => error);
      expect(writing).to.include({ code: 'DB_UNAVAILABLE' });
      const checked = await database.checkReplicas();
      expect(checked[0]).to.include({ state: 'fresh' });
      expect(await whoReads()).to.equal(replica.port);
    } finally {
      await primary.restart();
    }
    expect((await database.query('INSERT INTO things VALUES (4)')).rowCount).to.equal(1);
    await readsFrom(replica);
    await until('the write has come over', async () => {
      const { rows } = await database.read('SELECT 1 FROM things WHERE id = 4');
      return rows.length === 1;
    });
  });
});
