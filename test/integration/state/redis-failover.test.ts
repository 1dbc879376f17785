import { expect } from 'chai';
import { RedisClusterView } from '../../../src/scaling/redis-cluster.ts';
import type { StateError } from '../../../src/scaling/state/errors.ts';
import { RedisState } from '../../../src/scaling/state/redis/redis-state.ts';
import type { RedisSettings } from '../../../src/scaling/state/settings.ts';
import { type RedisCluster, redisAvailable, startRedisCluster } from '../../helpers/redis-servers.ts';
import { until } from '../../helpers/runtime.ts';
import { all, rejection } from './contract-context.ts';
import { redisSettings } from './open-redis.ts';

const LONG_MS = 60_000;
const NODE_TIMEOUT_MS = 500;

/** As the driver names keys on Redis. */
const onRedis = (key: string) => `test:k:${key}`;

describe('RedisState and a Redis Cluster of six redis-server that fails', () => {
  let cluster: RedisCluster;
  const states: RedisState[] = [];

  before(async function () {
    if (!redisAvailable()) return this.skip();
    cluster = await startRedisCluster({ nodeTimeoutMs: NODE_TIMEOUT_MS });
  });
  beforeEach(() => cluster.ready());
  afterEach(() => Promise.all(states.splice(0).map((state) => state.close())));
  after(() => cluster?.stop());

  async function connect(settings: Partial<RedisSettings> = {}): Promise<RedisState> {
    const state = new RedisState(redisSettings({ nodes: cluster.nodes, cluster: true, ...settings }), 'test:');
    states.push(state);
    await state.connect();
    return state;
  }

  it('reads from replicas what may be behind, and nothing else', async () => {
    const state = await connect({ readReplicas: true });
    const masters = await cluster.masters();
    await Promise.all(cluster.servers.map((server) => server.cli('CONFIG', 'RESETSTAT')));
    await state.set('key', 'value');
    await state.increment('count', 1, LONG_MS);
    for (let time = 0; time < 20; time++) {
      await state.get('key');
      expect((await state.count('count'))?.value).to.equal(1);
    }
    const calls = async (role: 'master' | 'replica', command: string) => {
      const servers = cluster.servers.filter(({ port }) => masters.includes(port) === (role === 'master'));
      const texts = await Promise.all(servers.map((server) => server.cli('INFO', 'commandstats')));
      return texts.reduce((sum, text) => {
        return sum + Number(text.match(new RegExp(`cmdstat_${command}:calls=(\\d+)`))?.[1] ?? 0);
      }, 0);
    };
    expect(await calls('replica', 'get')).to.equal(20);
    expect(await calls('master', 'get')).to.equal(0);
    expect(await calls('replica', 'evalsha')).to.equal(0);
  });

  it('never repeats an increment while a master is killed and replaced', async () => {
    const state = await connect({ commandTimeoutMs: 300 });
    const view = new RedisClusterView(state);
    await view.refresh();
    const before = view.status();
    expect(before).to.include({
      mode: 'cluster',
      connected: true,
      slotsCovered: 16_384,
      failovers: 0,
      lastError: null,
    });
    expect(before.nodes.filter(({ role }) => role === 'master')).to.have.length(3);
    expect(before.nodes.map(({ health }) => health)).to.deep.equal(Array(6).fill('ok'));
    expect(before.usedMemoryBytes).to.be.greaterThan(0);

    const victim = await cluster.masterOf(onRedis('count'));
    const outcomes = { acknowledged: 0, ambiguous: 0, refused: 0 };
    let going = true;
    let acknowledgedAfter = 0;
    const callers = Array.from({ length: 4 }, async () => {
      while (going) {
        await state.increment('count', 1, LONG_MS).then(
          () => outcomes.acknowledged++,
          async (error: StateError) => {
            outcomes[error.ambiguous ? 'ambiguous' : 'refused']++;
            await new Promise((resolve) => setTimeout(resolve, 5));
          },
        );
      }
    });
    await until('some are acknowledged', () => outcomes.acknowledged > 100);
    const started = (await state.count('count'))?.value ?? 0;
    expect(started).to.be.greaterThan(100);
    await cluster.kill(victim);
    acknowledgedAfter = outcomes.acknowledged;
    await until('writes are acknowledged by another master', () => outcomes.acknowledged > acknowledgedAfter + 100);
    going = false;
    await Promise.all(callers);
    const value = (await state.count('count'))?.value ?? 0;
    // Redis may lose what it acknowledged, at a failover; nothing may be counted twice.
    expect(value).to.be.at.most(outcomes.acknowledged + outcomes.ambiguous);
    expect(value).to.be.greaterThan(started);
    expect(outcomes.refused, 'refused while the slots had no master').to.be.greaterThan(0);

    await view.refresh();
    const after = view.status();
    expect(after).to.include({ failovers: 1, slotsCovered: 16_384, connected: true });
    expect(after.nodes.find(({ port }) => port === victim)?.health).to.equal('down');
    await cluster.server(victim).start();
  });

  it('hears messages again when the node it listened to is killed', async () => {
    const [state, another] = await Promise.all([connect({ commandTimeoutMs: 300 }), connect()]);
    const heard = new Set<string>();
    await state.subscribe('channel', (message) => heard.add(message.toString()));
    await another.publish('channel', 'before');
    await until('it is heard', () => heard.has('before'));
    const listenedTo = await until('who is listened to', async () => {
      for (const server of cluster.servers) {
        if ((await server.cli('PUBSUB', 'NUMSUB', 'test:channel')).endsWith('1')) return server;
      }
      return undefined;
    });
    await listenedTo.kill();
    await until('a message is heard', async () => {
      await another.publish('channel', 'after').catch(() => {});
      return heard.has('after');
    });
    await listenedTo.start();
  });

  it('finds the new master of one that hangs, although no connection breaks', async () => {
    const state = await connect({ commandTimeoutMs: 200 });
    await state.set('key', 'value');
    const victim = await cluster.masterOf(onRedis('key'));
    cluster.pause(victim);
    const error = await rejection(state.set('key', 'value'), 'STATE_TIMEOUT');
    expect(error.ambiguous).to.equal(true);
    expect(error.message).to.contain(`127.0.0.1:${victim}`);
    await until('a write works again', () =>
      state.set('key', 'again').then(
        () => true,
        () => false,
      ),
    );
    cluster.resume(victim);
    expect(String(await state.get('key'))).to.equal('again');
  });

  it('says that the cluster is down when two of three masters hang, and goes on when they are back', async () => {
    const state = await connect({ commandTimeoutMs: 200 });
    const prefix = 'scan:';
    await Promise.all(Array.from({ length: 60 }, (_, index) => state.set(`${prefix}${index}`, '', { ttlMs: LONG_MS })));
    expect(await all(state.scan(prefix))).to.have.length(60);
    const hanging = (await cluster.masters()).slice(0, 2);
    for (const port of hanging) cluster.pause(port);
    const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`);
    const refused = await until('CLUSTERDOWN', async () => {
      const outcomes = await Promise.allSettled(keys.map((key) => state.set(key, 'value')));
      const errors = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as StateError] : [],
      );
      return errors.find(({ message }) => message.includes('CLUSTERDOWN'));
    });
    expect(refused).to.include({ code: 'STATE_UNAVAILABLE', ambiguous: false });
    await all(state.scan(prefix)).then(
      () => expect.fail('a scan that misses two masters pretends to be whole'),
      (error: StateError) => expect(error.code).to.be.oneOf(['STATE_UNAVAILABLE', 'STATE_TIMEOUT']),
    );
    const view = new RedisClusterView(state);
    await view.refresh();
    for (const port of hanging) {
      expect(view.status().nodes.find((node) => node.port === port)?.health ?? 'down').to.equal('down');
    }
    for (const port of hanging) cluster.resume(port);
    await until('writes work again', async () => {
      const outcomes = await Promise.allSettled(keys.map((key) => state.set(key, 'value')));
      return outcomes.every(({ status }) => status === 'fulfilled');
    });
  });
});
