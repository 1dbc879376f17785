import { expect } from 'chai';
import { FallbackState } from '../../../src/scaling/state/fallback/fallback-state.ts';
import { RedisState } from '../../../src/scaling/state/redis/redis-state.ts';
import { type RedisServer, redisAvailable, startRedis } from '../../helpers/redis-servers.ts';
import { until } from '../../helpers/runtime.ts';
import { EmbeddedStore } from './open-embedded.ts';
import { redisSettings } from './open-redis.ts';

const KEEP = { ttlMs: 600_000 };
const PREFIX = 'fallback:';

describe('FallbackState and one redis-server that fails', () => {
  let store: EmbeddedStore;
  let server: RedisServer;
  /** Of two workers of this machine. */
  let workers: FallbackState[];
  let changes: (object | null)[];
  /** What Redis itself has. */
  let redis: RedisState;

  before(async function () {
    if (!redisAvailable()) return this.skip();
    [store, server] = await Promise.all([EmbeddedStore.start(), startRedis()]);
  });
  after(() => Promise.all([store?.stop(), server?.stop()]));

  beforeEach(async () => {
    if (server.pid === 0) await server.start();
    await server.cli('FLUSHALL');
    changes = [];
    workers = await Promise.all([0, 1].map(openWorker));
    redis = await openRedis();
  });
  afterEach(async () => {
    server.resume();
    await Promise.all([...workers, redis].map((state) => state.close()));
  });

  async function openRedis(): Promise<RedisState> {
    const state = new RedisState(redisSettings({ nodes: [server], commandTimeoutMs: 1_000 }), PREFIX);
    await state.connect();
    return state;
  }

  async function openWorker(): Promise<FallbackState> {
    return new FallbackState({
      primary: await openRedis(),
      embedded: await store.connect(),
      probeIntervalMs: 100,
      detectMs: 250,
      onChange: (change) => changes.push(change),
    });
  }

  const [first, second] = [() => workers[0] as FallbackState, () => workers[1] as FallbackState];

  async function healthy(): Promise<void> {
    await until('Redis is back for both workers', () => workers.every((one) => one.status().degradedSinceMs === null));
    await until('the test’s own connection is back', () => redis.status().connected);
  }

  it('takes no pause of the worker for an outage', async () => {
    await first().set('there', 'before');
    const asked = first().get('there');
    // The command leaves in this turn; then the process stands still for longer than every limit.
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200);
    expect(String(await asked)).to.equal('before');
    expect(changes).to.deep.equal([]);
  });

  it('keeps every record readable and writable through an outage, and Redis has all of them after it', async () => {
    const keys = Array.from({ length: 1_000 }, (_, index) => `session:outage:${index}`);
    await Promise.all(keys.map((key) => first().records.compareAndSet(key, 0, `${key} made`, KEEP)));
    await server.kill();

    const read = await Promise.all(keys.map((key) => second().records.read(key)));
    expect(read.filter((record, index) => record?.value.toString() === `${keys[index]} made`)).to.have.length(1_000);
    const changed = keys.slice(0, 500);
    const results = await Promise.all(
      changed.map((key) => second().records.compareAndSet(key, 1, `${key} changed`, KEEP)),
    );
    expect(results).to.deep.equal(changed.map(() => ({ stored: true, version: 2 })));
    await first().records.delete('session:outage:999');

    // It begins empty: all that it had is lost, as in the worst of failovers.
    await server.start();
    await healthy();
    for (const [index, key] of keys.entries()) {
      const record = await first().records.read(key);
      const expected = index < 500 ? `${key} changed` : index === 999 ? undefined : `${key} made`;
      expect(record?.value.toString(), key).to.equal(expected);
      expect((await redis.records.read(key))?.value.toString(), `${key} on Redis`).to.equal(expected);
    }
    expect(changes.filter((change) => change === null)).to.have.length(2);
    expect(changes).to.have.length(4);
  });

  it('writes back without being read what was written during the outage', async () => {
    await server.kill();
    await first().records.compareAndSet('session:unread', 0, 'written', KEEP);
    await server.start();
    const back = await until('the record on Redis', () => redis.records.read('session:unread').catch(() => undefined));
    expect(back.value.toString()).to.equal('written');
  });

  it('answers everybody when Redis hangs, and then without asking it', async () => {
    await first().records.compareAndSet('session:hung', 0, 'x', KEEP);
    server.pause();
    const calls = Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0 ? first().increment('n', 1, 60_000) : first().records.read('session:hung'),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === 'rejected')).to.deep.equal([]);
    expect(first().status()).to.include({
      connected: true,
      reason: `the embedded store stands in for Redis: Redis did not answer within 250 ms`,
    });
    expect((await first().count('n'))?.value).to.equal(100);
    server.resume();
    await healthy();
    expect(changes.filter((change) => change === null)).to.have.length.within(1, 2);
  });

  it('is degraded, not broken, where Redis is not there from the beginning', async () => {
    await server.kill();
    const late = new RedisState(redisSettings({ nodes: [server], commandTimeoutMs: 300 }), PREFIX);
    await late.connect();
    const state = new FallbackState({
      primary: late,
      embedded: await store.connect(),
      probeIntervalMs: 100,
      detectMs: 250,
    });
    workers.push(state);
    await state.set('k', 'v');
    expect((await state.get('k'))?.toString()).to.equal('v');
    expect(state.status().degradedSinceMs).to.be.a('number');
    await server.start();
    await healthy();
  });

  it('stands in for a Redis that became read-only', async () => {
    await server.cli('REPLICAOF', '127.0.0.1', '1');
    expect((await first().increment('readonly', 1, 60_000)).value).to.equal(1);
    expect(first().status().reason).to.include('READONLY');
    await server.cli('REPLICAOF', 'NO', 'ONE');
    await healthy();
    expect(await first().count('readonly')).to.equal(undefined);
  });

  it('stands in for a Redis that is full, until there is room', async () => {
    await server.cli('CONFIG', 'SET', 'maxmemory', '1');
    await first().set('full', 'kept');
    expect((await first().get('full'))?.toString()).to.equal('kept');
    expect(first().status().reason).to.include('OOM');
    await server.cli('CONFIG', 'SET', 'maxmemory', '0');
    await healthy();
  });

  it('brings messages from one worker to the other before, during and after an outage, each once', async () => {
    const heard: string[] = [];
    await second().subscribe('chat', (message) => heard.push(message.toString()));
    await first().publish('chat', 'before');
    await until('the first', () => heard.length === 1);
    await server.kill();
    await first().publish('chat', 'during');
    await until('the second', () => heard.length === 2);
    await server.start();
    await healthy();
    const stop = Date.now() + 5_000;
    // Redis’s subscription comes back by itself, a moment after its connection.
    for (let n = 0; heard.length === 2 && Date.now() < stop; n += 1) {
      await first().publish('chat', `after ${n}`);
      await until('a moment', () => new Promise((resolve) => setTimeout(() => resolve(true), 50)));
    }
    expect(heard.slice(0, 2)).to.deep.equal(['before', 'during']);
    expect(heard.length).to.be.at.least(3);
    expect(new Set(heard).size).to.equal(heard.length);
  });
});
