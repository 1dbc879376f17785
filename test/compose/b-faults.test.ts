/** Acceptance b: what fails in the stack under load loses no idempotent request and no session, and its alert comes and goes. */
import { expect } from 'chai';
import { until } from '../helpers/runtime.ts';
import type { SteadyClients } from './clients.ts';
import { figure } from './figures.ts';
import { explainFailure, MINUTE_MS, SKIPPED, type Story, storyOrSkip } from './story.ts';

const ALERT_MS = 3 * MINUTE_MS;

describe(`b. Faults in the stack under load${SKIPPED}`, function () {
  this.timeout(6 * MINUTE_MS);
  let story: Story;
  let clients: SteadyClients;
  let redis = { id: '', killedAtMs: 0, startedAtMs: 0 };

  before(async function () {
    story = await storyOrSkip(this);
    await story.receiveAlerts();
    await story.logIn();
    const { status, body } = await story.control('POST', '/scaling/manual', {
      instances: 4,
      reason: 'faults',
      for: '20m',
    });
    expect(status, JSON.stringify(body)).to.equal(202);
    await story.servers(4);
  });
  beforeEach(async () => {
    clients = story.load();
    await until('requests are answered', () => clients.answered > 100);
  });
  afterEach(async function () {
    await clients.stop();
    await explainFailure(this.currentTest);
  });

  /** So many more requests were answered; none was lost, and the session is there. */
  async function survives(what: string, requests: number): Promise<void> {
    const from = clients.answered;
    await until(`${requests} requests more`, () => clients.answered > from + requests, MINUTE_MS);
    await clients.stop();
    let refusals = 0;
    await until('the session is known', async () => {
      const { status } = await story.me();
      refusals += Number(status !== 200);
      return status === 200;
    });
    figure('b', `${what}: ${clients}; the session was refused ${refusals} times`);
    expect(clients.failures).to.deep.equal([]);
  }

  it('keeps a session over all containers', async () => {
    const { views } = await story.me();
    for (let view = views + 1; view <= views + 10; view += 1)
      expect(await story.me()).to.deep.equal({ status: 200, views: view });
    await survives('no fault', 300);
  });

  it('loses nothing when a Redis master is killed', async () => {
    const { stack } = story;
    const nodes = (await stack.redis('redis-1', 'CLUSTER', 'NODES')).split('\n');
    const master = nodes.find((line) => /\bmaster\b/.test(line) && !line.includes('myself'))?.split(/[ :@]/)[1] ?? '';
    const victim = (await stack.inspect('redis-2', 'redis-3', 'redis-4', 'redis-5', 'redis-6')).find((container) =>
      JSON.stringify(container).includes(`"IPAddress":"${master}"`),
    );
    expect(victim, `a container of ${master}`).not.to.equal(undefined);
    redis = { ...redis, id: victim?.Id ?? '', killedAtMs: Date.now() };
    await stack.docker('kill', '-s', 'KILL', redis.id);
    const whole = async (): Promise<boolean> =>
      /cluster_slots_ok:16384/.test(await stack.redis('redis-1', 'CLUSTER', 'INFO')) &&
      (await stack.redis('redis-1', 'CLUSTER', 'NODES'))
        .split('\n')
        .some((line) => line.includes(master) && line.includes('fail'));
    await until('the cluster has all slots again', whole, 30_000);
    figure('b', `a Redis master killed: all slots again after ${Date.now() - redis.killedAtMs} ms`);
    for (let request = 0; request < 20; request += 1) expect((await story.me()).status).to.equal(200);
    await survives('a Redis master killed', 500);
  });

  it('loses nothing when an app container is killed, which the scaler replaces', async () => {
    const [victim] = (await story.stack.containers('app')).filter(({ state }) => state === 'running');
    const killedAtMs = Date.now();
    await story.stack.docker('kill', '-s', 'KILL', victim?.id ?? '');
    await story.servers(3, 30_000);
    const outAtMs = Date.now();
    await story.servers(4, MINUTE_MS);
    figure(
      'b',
      `an app container killed: out after ${outAtMs - killedAtMs} ms, replaced after ${Date.now() - killedAtMs} ms`,
    );
    await survives('an app container killed', 500);
  });

  it('loses nothing when the PostgreSQL replica is killed, which follows again after its start', async () => {
    const { stack } = story;
    const replicas = (): Promise<string> =>
      stack.sql('postgres', "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'");
    await until('the replica follows', async () => (await replicas()) === '1', 30_000);
    const [replica] = await stack.containers('postgres-replica');
    await stack.docker('kill', '-s', 'KILL', replica?.id ?? '');
    const from = clients.answered;
    await until('500 requests', () => clients.answered > from + 500, 30_000);
    await stack.sql('postgres', 'DROP TABLE IF EXISTS while_away; CREATE TABLE while_away AS SELECT 42 AS answer');
    const startedAtMs = Date.now();
    await stack.docker('start', replica?.id ?? '');
    const caughtUp = async (): Promise<boolean> =>
      (await stack.sql('postgres-replica', 'SELECT answer FROM while_away').catch(() => '')) === '42';
    await until('it has what was written meanwhile', caughtUp, 30_000);
    figure('b', `the PostgreSQL replica caught up ${Date.now() - startedAtMs} ms after its start`);
    await survives('the PostgreSQL replica killed', 100);
  });

  it('raises the alert of the Redis node', async () => {
    expect(redis.id, 'a Redis master was killed').not.to.equal('');
    await story.alert(/FIRING.*RedisDown/, ALERT_MS);
    figure('b', `RedisDown came to the webhook ${Date.now() - redis.killedAtMs} ms after the kill`);
    redis.startedAtMs = Date.now();
    await story.stack.docker('start', redis.id);
    await survives('a Redis node started again', 300);
  });

  it('makes its Redis Cluster once: the job that does it changes nothing when it runs again', async () => {
    const { stack } = story;
    await stack.redis('redis-1', 'SET', 'compose', 'kept');
    await stack.up(4);
    const [job] = await stack.containers('redis-init');
    expect({ value: await stack.redis('redis-1', 'GET', 'compose'), exit: job?.exitCode }).to.deep.equal({
      value: 'kept',
      exit: 0,
    });
    await survives('everything brought up once more', 100);
  });

  it('loses nothing when it is scaled down to two by hand', async () => {
    await story.control('POST', '/scaling/resume', {});
    await story.control('POST', '/scaling/pause', { reason: 'scaled by Compose' });
    const beganAtMs = Date.now();
    await story.stack.up(2);
    figure('b', `--scale app=2: ${Date.now() - beganAtMs} ms`);
    await story.servers(2);
    await survives('scaled down to two', 300);
    await story.control('POST', '/scaling/resume', {});
  });

  it('resolves the alert when the Redis node is back', async () => {
    expect(redis.startedAtMs, 'it was started again').to.be.above(0);
    await story.alert(/RESOLVED.*RedisDown/, ALERT_MS);
    figure('b', `RedisDown was resolved ${Date.now() - redis.startedAtMs} ms after the node's start`);
  });
});
