import { promisify } from 'node:util';
import { expect } from 'chai';
import { sessionStore } from '../../../src/scaling/state/sessions/index.ts';
import { type RedisServer, redisAvailable, startRedis } from '../../helpers/redis-servers.ts';
import { until } from '../../helpers/runtime.ts';
import { SessionClient } from './sessions-app.ts';
import { type StateProcess, startStateProcess } from './sessions-limits-store.ts';
import { openTarget, startWorkers, type Target, type TestWorker } from './sessions-limits-target.ts';

const started: TestWorker[] = [];

interface Serving {
  readonly worker: TestWorker;
  readonly port: number;
}

async function serve(target: Target): Promise<Serving> {
  const { workers, ready } = await startWorkers<{ port: number }>('sessions-worker', 1, target);
  const [worker] = workers;
  const [answer] = ready;
  if (worker === undefined || answer === undefined) throw new Error('no worker');
  started.push(worker);
  return { worker, port: answer.port };
}

const serveTwo = (target: Target) => Promise.all([serve(target), serve(target)]);

function nodesOf(redis: RedisServer | undefined): Target['redis'] & object {
  return redis === undefined ? [] : [{ host: redis.host, port: redis.port }];
}

async function loggedIn(count: number, port: number): Promise<readonly SessionClient[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const client = new SessionClient();
      await client.post(port, `/login?user=user${index}`);
      return client;
    }),
  );
}

/** What the clients' sessions hold, on one port; a client without a session has no user. */
async function sessionsOn(port: number, clients: readonly SessionClient[]): Promise<Record<string, unknown>[]> {
  return Promise.all(
    clients.map(async (client) => {
      const { cookie } = client;
      const { pid: _, ...fields } = await client.get(port, '/me');
      client.cookie = cookie;
      return fields;
    }),
  );
}

/** How many sessions live in a store. */
async function lengthOf(target: Target): Promise<number> {
  const state = await openTarget(target);
  try {
    const store = sessionStore(state);
    return (await promisify(store.length.bind(store))()) ?? 0;
  } finally {
    await state.close();
  }
}

/** What each store has to do for workers that share it. */
function behavesOver(target: () => Target): void {
  afterEach(() => Promise.all(started.splice(0).map((worker) => worker.kill())));

  it('keeps a user logged in when his worker is killed and another takes its place', async () => {
    const [first, second] = await serveTwo(target());
    const client = new SessionClient();
    const { pid } = await client.post(first.port, '/login?user=ann');
    expect(pid).to.equal(first.worker.process.pid);
    expect(await client.get(second.port, '/me')).to.deep.equal({ user: 'ann', pid: second.worker.process.pid });
    await Promise.all([first.worker.kill(), second.worker.kill()]);
    const third = await serve(target());
    expect(await client.get(third.port, '/me')).to.deep.equal({ user: 'ann', pid: third.worker.process.pid });
  });

  it('keeps all of 50 changes made in parallel on two workers, and a log-out on one is one on both', async () => {
    const [first, second] = await serveTwo(target());
    const [client] = await loggedIn(1, first.port);
    if (client === undefined) throw new Error('no client');
    const fields = Array.from({ length: 50 }, (_, index) => `field${index}`);
    const change = (field: string, { port }: Serving) => client.post(port, `/set?field=${field}&value=${field}`);
    await Promise.all(fields.map((field, index) => change(field, index % 2 === 0 ? first : second)));
    const expected = [{ user: 'user0', ...Object.fromEntries(fields.map((field) => [field, field])) }];
    for (const { port } of [first, second]) expect(await sessionsOn(port, [client])).to.deep.equal(expected);
    await client.post(second.port, '/logout');
    for (const { port } of [first, second]) expect(await sessionsOn(port, [client])).to.deep.equal([{}]);
  });
}

describe('sessions of several workers on the embedded store', () => {
  let store: Awaited<ReturnType<typeof startStateProcess>>;

  before(async () => {
    store = await startStateProcess();
  });

  after(() => store.stop());

  behavesOver(() => ({ socketPath: store.socketPath }));
});

describe('sessions of several workers on Redis (needs redis-server)', () => {
  let redis: RedisServer | undefined;

  before(async function () {
    if (!redisAvailable()) return this.skip();
    redis = await startRedis();
  });

  after(() => redis?.stop());

  behavesOver(() => ({ redis: nodesOf(redis) }));
});

describe('sessions of several workers on Redis with the embedded store behind it (needs redis-server)', () => {
  let redis: RedisServer | undefined;
  let store: StateProcess | undefined;
  const target = (): Target => ({ socketPath: store?.socketPath ?? '', redis: nodesOf(redis) });

  before(async function () {
    if (!redisAvailable()) return this.skip();
    [redis, store] = await Promise.all([startRedis(), startStateProcess()]);
  });

  after(() => Promise.all([redis?.stop(), store?.stop()]));

  behavesOver(target);

  it('stay valid while Redis is down and after it came back with nothing, and what was done meanwhile stays done', async () => {
    const [first, second] = await serveTwo(target());
    const clients = await loggedIn(100, first.port);
    const users = clients.map((_, index) => ({ user: `user${index}` }));
    await redis?.kill();
    expect(await sessionsOn(first.port, clients)).to.deep.equal(users);
    expect(await sessionsOn(second.port, clients)).to.deep.equal(users);

    // While it is down: the first 20 log out, the next 20 change something, and one comes who was not there.
    const cookies = clients.map(({ cookie }) => cookie);
    await Promise.all(clients.slice(0, 20).map((client) => client.post(second.port, '/logout')));
    await Promise.all(clients.slice(20, 40).map((client) => client.post(first.port, '/set?field=cart&value=3')));
    const [late] = await loggedIn(1, second.port);
    clients.forEach((client, index) => {
      client.cookie = cookies[index] ?? '';
    });
    const expected = users.map((user, index) => (index < 20 ? {} : index < 40 ? { ...user, cart: '3' } : user));
    expect(await sessionsOn(first.port, clients)).to.deep.equal(expected);

    await redis?.restart();
    await until('the sessions on Redis again', async () => (await lengthOf({ redis: nodesOf(redis) })) === 81);
    for (const { port } of [first, second]) {
      expect(await sessionsOn(port, clients)).to.deep.equal(expected);
      expect(await sessionsOn(port, late === undefined ? [] : [late])).to.deep.equal([{ user: 'user0' }]);
    }
  });
});
