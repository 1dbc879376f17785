import { expect } from 'chai';
import type { StateError } from '../../../src/scaling/state/errors.ts';
import { RedisState } from '../../../src/scaling/state/redis/redis-state.ts';
import type { RedisSettings } from '../../../src/scaling/state/settings.ts';
import { type RedisServer, redisAvailable, startRedis } from '../../helpers/redis-servers.ts';
import { until } from '../../helpers/runtime.ts';
import { rejection } from './contract-context.ts';
import { redisSettings } from './open-redis.ts';

const LONG_MS = 60_000;

describe('RedisState and a redis-server that fails', () => {
  const servers: RedisServer[] = [];
  const states: RedisState[] = [];

  before(function () {
    if (!redisAvailable()) this.skip();
  });
  afterEach(async () => {
    await Promise.all(states.splice(0).map((state) => state.close()));
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function start(...options: Parameters<typeof startRedis>): Promise<RedisServer> {
    const server = await startRedis(...options);
    servers.push(server);
    return server;
  }

  async function connect(server: RedisServer, settings: Partial<RedisSettings> = {}): Promise<RedisState> {
    const state = new RedisState(redisSettings({ nodes: [server], ...settings }), 'test:');
    states.push(state);
    await state.connect();
    return state;
  }

  it('begins without Redis: calls fail at once and name the node, until Redis is there', async () => {
    const server = await start();
    await server.kill();
    const state = await connect(server, { commandTimeoutMs: 300 });
    const error = await rejection(state.set('key', 'value'), 'STATE_UNAVAILABLE');
    expect(error.message).to.contain(`127.0.0.1:${server.port}`).and.contain('ECONNREFUSED');
    expect(error.ambiguous).to.equal(false);
    expect(state.status()).to.include({ connected: false, degradedSinceMs: null });
    expect(state.status().reason).to.contain(String(server.port));
    await server.start();
    await until('it is connected', () => state.status().connected);
    await state.set('key', 'value');
    expect(String(await state.get('key'))).to.equal('value');
    expect(state.status().reason).to.equal(null);
  });

  it('says of a write without an answer that it may be done, and of a read or a refused write that it is not', async () => {
    const server = await start();
    const state = await connect(server, { commandTimeoutMs: 150 });
    await state.increment('count', 1, LONG_MS);
    server.pause();
    const [increment, read] = await Promise.all([
      rejection(state.increment('count', 1, LONG_MS), 'STATE_TIMEOUT'),
      rejection(state.get('key'), 'STATE_TIMEOUT'),
    ]);
    expect(increment.ambiguous).to.equal(true);
    expect(increment.message).to.contain(`127.0.0.1:${server.port}`).and.contain('150 ms');
    expect(read.ambiguous).to.equal(false);
    server.resume();
    await until('the lost increment shows', async () => (await state.count('count'))?.value === 2);
  });

  it('ends by the deadline and the signal of the call, not of the driver', async () => {
    const server = await start();
    const state = await connect(server, { commandTimeoutMs: 20_000 });
    server.pause();
    await rejection(state.get('key', { timeoutMs: 30 }), 'STATE_TIMEOUT');
    const controller = new AbortController();
    const aborted = rejection(state.increment('count', 1, LONG_MS, { signal: controller.signal }), 'STATE_ABORTED');
    setImmediate(() => controller.abort());
    expect((await aborted).ambiguous).to.equal(true);
    server.resume();
  });

  it('never repeats an increment: what Redis has is what was acknowledged, and some of what was in doubt', async () => {
    const server = await start({ settings: { appendonly: 'yes', appendfsync: 'always' } });
    const state = await connect(server, { commandTimeoutMs: 300 });
    const outcomes = { acknowledged: 0, ambiguous: 0, refused: 0 };
    let going = true;
    const caller = async () => {
      while (going) {
        await state.increment('count', 1, LONG_MS).then(
          () => outcomes.acknowledged++,
          async (error: StateError) => {
            outcomes[error.ambiguous ? 'ambiguous' : 'refused']++;
            await new Promise((resolve) => setImmediate(resolve));
          },
        );
      }
    };
    const callers = Array.from({ length: 8 }, caller);
    for (let round = 1; round <= 3; round++) {
      await until('some are acknowledged', () => outcomes.acknowledged > round * 50);
      await server.restart();
      await until('it is connected', () => state.status().connected);
    }
    going = false;
    await Promise.all(callers);
    const value = (await state.count('count'))?.value;
    expect(outcomes.refused, 'calls while there was no connection').to.be.greaterThan(0);
    expect(value).to.be.within(outcomes.acknowledged, outcomes.acknowledged + outcomes.ambiguous);
  });

  it('hears messages again within 2 s of a restart', async () => {
    const server = await start();
    const [state, another] = await Promise.all([connect(server), connect(server)]);
    const heard: string[] = [];
    await state.subscribe('channel', (message) => heard.push(message.toString()));
    await server.restart();
    const upMs = Date.now();
    await until('a message is heard', async () => {
      await another.publish('channel', `after ${Date.now() - upMs} ms`).catch(() => {});
      return heard.length > 0;
    });
    expect(Number(heard[0]?.match(/\d+/)?.[0])).to.be.at.most(2_000);
  });

  it('leaves a connection on which nothing is answered, and hears messages on the next', async () => {
    const server = await start();
    const [state, another] = await Promise.all([connect(server, { commandTimeoutMs: 200 }), connect(server)]);
    const heard: string[] = [];
    await state.subscribe('channel', (message) => heard.push(message.toString()));
    server.pause();
    await until('it is noticed', () => {
      const { subscriber } = state.status().detail as { subscriber: { state: string } };
      return subscriber.state !== 'open';
    });
    server.resume();
    await until('a message is heard', async () => {
      await another.publish('channel', 'again').catch(() => {});
      return heard.length > 0;
    });
  });

  it('keeps calls and subscriptions through pauses of its own process', async () => {
    const server = await start();
    const state = await connect(server, { commandTimeoutMs: 150 });
    await state.set('key', 'value', { ttlMs: LONG_MS });
    await state.subscribe('channel', () => {});
    const subscribers = async (): Promise<(string | undefined)[]> =>
      (await server.cli('CLIENT', 'LIST'))
        .split('\n')
        .filter((line) => line.includes('name=tidegate-subscriber'))
        .map((line) => line.match(/\bid=(\d+)/)?.[1]);
    const before = await subscribers();
    expect(before).to.have.length(1);
    const calls: Promise<unknown>[] = [];
    const pause = (): void => {
      // Longer than a command may take.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    };
    for (let round = 0; round < 5; round += 1) {
      calls.push(state.get('key'));
      // The command has left, and nothing is read before the pause.
      await new Promise<void>((resolve) => process.nextTick(() => process.nextTick(resolve)));
      pause();
      // One turn of the event loop: what is sent in it is answered during the next pause.
      await new Promise((resolve) => setImmediate(resolve));
      pause();
    }
    expect((await Promise.all(calls)).map(String)).to.deep.equal(calls.map(() => 'value'));
    expect(await subscribers()).to.deep.equal(before);
  });

  it('cannot subscribe while Redis is away, and says so', async () => {
    const server = await start();
    const state = await connect(server, { commandTimeoutMs: 200 });
    await server.kill();
    const error = await rejection(
      state.subscribe('channel', () => {}),
      'STATE_UNAVAILABLE',
    );
    expect(error.message).to.contain(String(server.port));
  });

  it('tells what Redis refuses by its code', async () => {
    const master = await start({ settings: { 'maxmemory-policy': 'noeviction' } });
    const state = await connect(master);
    await master.cli('CONFIG', 'SET', 'maxmemory', '1');
    const full = await rejection(state.set('key', 'value'), 'STATE_FULL');
    expect(full.message).to.contain('OOM').and.contain(String(master.port));
    await rejection(state.increment('count', 1, LONG_MS), 'STATE_FULL');
    await rejection(state.reservations.reserve('key', 'token', [{ name: 'a', by: 1, max: 1 }]), 'STATE_FULL');
    await master.cli('CONFIG', 'SET', 'maxmemory', '0');

    await master.cli('REPLICAOF', '127.0.0.1', '1');
    const readonly = await rejection(state.set('key', 'value'), 'STATE_UNAVAILABLE');
    expect(readonly.message).to.contain('READONLY').and.contain(String(master.port));
    expect(readonly.ambiguous).to.equal(false);
    expect((await rejection(state.increment('count', 1, LONG_MS), 'STATE_UNAVAILABLE')).ambiguous).to.equal(false);
  });

  it('says that the password is wrong', async () => {
    const server = await start({ password: 'right' });
    const state = await connect(server, { password: 'wrong', commandTimeoutMs: 300 });
    const error = await rejection(state.get('key'), 'STATE_UNAVAILABLE');
    expect(error.message).to.contain('WRONGPASS').and.not.contain('right');
  });

  it('goes on when Redis has forgotten its scripts', async () => {
    const server = await start();
    const state = await connect(server);
    await state.increment('count', 1, LONG_MS);
    await server.cli('SCRIPT', 'FLUSH');
    const counts = await Promise.all(Array.from({ length: 10 }, () => state.increment('count', 1, LONG_MS)));
    expect(counts.map(({ value }) => value)).to.deep.equal([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('keeps products apart by their prefix', async () => {
    const server = await start();
    const one = await connect(server);
    const two = new RedisState(redisSettings({ nodes: [server] }), 'other:');
    states.push(two);
    await two.connect();
    await one.set('key', 'one');
    await two.set('key', 'two');
    expect(String(await one.get('key'))).to.equal('one');
    expect((await server.cli('KEYS', '*')).split('\n').sort()).to.deep.equal(['other:k:key', 'test:k:key']);
    const heard: string[] = [];
    await one.subscribe('channel', (message) => heard.push(message.toString()));
    await two.publish('channel', 'two');
    await one.publish('channel', 'one');
    await until('it is heard', () => heard.length > 0);
    expect(heard).to.deep.equal(['one']);
  });
});
