import { expect } from 'chai';
import { type RedisServer, redisAvailable, startRedis } from '../helpers/redis-servers.ts';
import { Runtime, START_SCALING, until } from '../helpers/runtime.ts';
import { AppUser } from './app-user.ts';

const isMissing = !redisAvailable();

describe(`the reference app on Redis${isMissing ? ' (skipped: redis-server is not installed)' : ''}`, function () {
  this.timeout(60_000);
  let redis: RedisServer;
  let runtime: Runtime;
  const users: AppUser[] = [];

  before(async function () {
    if (isMissing) this.skip();
    redis = await startRedis();
    runtime = await Runtime.start(START_SCALING, {
      args: ['-i', '2'],
      env: { REDIS_ENABLED: 'true', REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port) },
    });
  });
  after(async () => {
    await Promise.all(users.map((user) => user.disconnect()));
    await runtime?.kill();
    await redis?.stop();
  });

  async function user(name: string): Promise<AppUser> {
    const made = new AppUser(runtime.url, name);
    users.push(made);
    await made.logIn();
    return made;
  }

  it('does jobs, and shows no user that Redis is away: sessions, conversations and messages go on', async () => {
    const [ann, bob] = [await user('Ann'), await user('Bob')];
    await ann.connect();
    await bob.connect();
    ann.send({ type: 'find' });
    await ann.next('waiting');
    bob.send({ type: 'find' });
    const { room } = await ann.next('paired');
    await bob.next('paired');
    const job = await ann.ask<{ id: string }>('POST', '/api/jobs', { upTo: 100_000 });
    await until('the job is done', async () => {
      const { body } = await ann.ask<{ state: string }>('GET', `/api/jobs/${job.body.id}`);
      return body.state === 'completed';
    });

    await redis.kill();
    const statuses = new Set<number>();
    for (let number = 1; number <= 50; number += 1) {
      ann.say(`a${number}`);
      bob.say(`b${number}`);
      if (number % 5 === 0) for (const one of [ann, bob]) statuses.add((await one.ask('GET', '/api/me')).status);
    }
    // A message on its way at the moment of the failure may be lost: at most once. The pages say it again.
    await until('all is delivered', async () => {
      if (ann.undelivered + bob.undelivered === 0) return true;
      await ann.ask('GET', '/api/presence');
      for (const one of [ann, bob]) one.sayAgain();
      return false;
    });
    expect([...statuses]).to.deep.equal([200]);
    await bob.disconnect();
    expect((await bob.reconnect()).conversation).to.deep.include({ room });
    const { status, body } = await ann.ask('GET', '/api/health');
    expect(status).to.equal(200);
    expect(body).to.have.nested.property('dependencies.state.status', 'degraded');

    await redis.restart();
    await until('Redis is used again', async () => {
      const answers = await Promise.all(Array.from({ length: 4 }, () => ann.ask('GET', '/api/health')));
      return answers.every((answer) => JSON.stringify(answer.body.dependencies).includes('"status":"ok"'));
    });
    for (const one of [ann, bob]) expect((await one.ask('GET', '/api/me')).status).to.equal(200);
    const heard = Array.from({ length: 50 }, (_, index) => `a${index + 1}`);
    expect(bob.heard).to.have.members(heard);
  });
});
