import { once } from 'node:events';
import { expect } from 'chai';
import { Runtime, START_SCALING, until } from '../helpers/runtime.ts';
import { AppUser, type RealtimeMessage } from './app-user.ts';

const MESSAGES = 200;

describe('the reference app’s realtime service on two workers', function () {
  this.timeout(60_000);
  let runtime: Runtime;
  const users: AppUser[] = [];

  before(async () => {
    runtime = await Runtime.start(START_SCALING, { args: ['-i', '2'] });
  });
  after(async () => {
    await Promise.all(users.map((user) => user.disconnect()));
    await runtime.kill();
  });

  async function user(name: string): Promise<AppUser> {
    const made = new AppUser(runtime.url, name);
    users.push(made);
    await made.logIn();
    return made;
  }

  const pidOf = ({ worker }: RealtimeMessage): number => worker?.pid as number;

  /** Two users who are connected to different workers. */
  async function apart(one: AppUser, other: AppUser): Promise<{ readonly onePid: number; readonly otherPid: number }> {
    const onePid = pidOf(await one.connect());
    const otherPid = await until('a connection to the other worker', async () => {
      const pid = pidOf(await other.connect());
      if (pid !== onePid) return pid;
      await other.disconnect();
      return null;
    });
    return { onePid, otherPid };
  }

  async function pair(one: AppUser, other: AppUser): Promise<string> {
    const [from, otherFrom] = [one.messages.length, other.messages.length];
    one.send({ type: 'find' });
    await one.next('waiting', from);
    other.send({ type: 'find' });
    const [mine, theirs] = [await one.next('paired', from), await other.next('paired', otherFrom)];
    expect(mine.room).to.equal(theirs.room);
    expect(mine.partner?.name).to.equal(other.name);
    expect(theirs.partner?.name).to.equal(one.name);
    expect([mine.initiator, theirs.initiator]).to.have.members([true, false]);
    return mine.room as string;
  }

  it('pairs users of different workers, and carries their messages and signals both ways, in order', async () => {
    const [ann, bob] = [await user('Ann'), await user('Bob')];
    await apart(ann, bob);
    await pair(ann, bob);
    for (let number = 1; number <= MESSAGES; number += 1) {
      ann.say(`a${number}`);
      bob.say(`b${number}`);
    }
    await until('all is delivered', () => ann.undelivered === 0 && bob.undelivered === 0);
    const all = (letter: string) => Array.from({ length: MESSAGES }, (_, index) => `${letter}${index + 1}`);
    expect(bob.heard).to.deep.equal(all('a'));
    expect(ann.heard).to.deep.equal(all('b'));

    for (const kind of ['offer', 'candidate']) ann.send({ type: 'signal', kind, data: { sdp: kind } });
    bob.send({ type: 'signal', kind: 'answer', data: { sdp: 'answer' } });
    expect(await ann.next('signal')).to.deep.include({ kind: 'answer', data: { sdp: 'answer' } });
    const candidate = () => bob.messages.find(({ kind }) => kind === 'candidate');
    expect(await until('the candidate', candidate)).to.deep.include({ data: { sdp: 'candidate' } });

    const stats = await until('both workers’ counts', async () => {
      const { body } = await ann.ask<Record<string, number>>('GET', '/api/webrtc/stats');
      return body.messages === 2 * MESSAGES && body.answers === 1 && body;
    });
    expect(stats).to.include({ connected: 2, conversations: 1, waiting: 0, offers: 1, candidates: 1 });
    const { body } = await ann.ask<{ users: { name: string; state: string }[]; count: number }>('GET', '/api/presence');
    expect(body.count).to.equal(2);
    expect(body.users.map(({ name, state }) => [name, state])).to.deep.equal([
      ['Ann', 'talking'],
      ['Bob', 'talking'],
    ]);

    const from = bob.messages.length;
    ann.send({ type: 'leave' });
    expect(await bob.next('ended', from)).to.deep.equal({ type: 'ended', reason: 'left' });
    await Promise.all([ann.disconnect(), bob.disconnect()]);
  });

  it('gives a user whose worker was killed the conversation back on another, with nothing lost', async () => {
    const [cat, dan] = [await user('Cat'), await user('Dan')];
    const { onePid } = await apart(cat, dan);
    const room = await pair(cat, dan);
    cat.say('before');
    await until('it is delivered', () => cat.undelivered === 0);

    const closed = once(cat.socket as NonNullable<typeof cat.socket>, 'close');
    process.kill(onePid, 'SIGKILL');
    await closed;
    dan.say('while you were away');
    cat.say('not sent');
    const again = await cat.reconnect();
    expect(pidOf(again)).to.not.equal(onePid);
    expect(again.conversation).to.deep.include({ room });
    expect(again.conversation?.partner.name).to.equal('Dan');
    cat.say('after');
    dan.sayAgain();
    await until('all is delivered', () => cat.undelivered === 0 && dan.undelivered === 0);
    expect(dan.heard).to.deep.equal(['before', 'not sent', 'after']);
    expect(cat.heard).to.deep.equal(['while you were away']);
    const me = await cat.ask<{ user: { name: string } }>('GET', '/api/me');
    expect(me.body.user.name).to.equal('Cat');
    await Promise.all([cat.disconnect(), dan.disconnect()]);
    await runtime.waitForWorkers(2);
  });

  it('answers more than 70 % of the reads of a journey over both workers from its cache', async () => {
    const eve = await user('Eve');
    const reports = async (): Promise<void> => {
      for (let count = 0; count < 20; count += 1) {
        const { status } = await eve.ask('GET', '/api/reports/usage?period=2026-11');
        expect(status).to.equal(200);
      }
    };
    await reports();
    const { status } = await eve.ask('POST', '/api/reports/usage', { period: '2026-11', payload: { calls: 7 } });
    expect(status).to.equal(201);
    await reports();
    const { body } = await eve.ask<{ reports: { payload: object }[] }>('GET', '/api/reports/usage?period=2026-11');
    expect(body.reports.map(({ payload }) => payload)).to.deep.equal([{ calls: 7 }]);

    const counts = await until('the workers have reported all reads', async () => {
      const page = await (await fetch(`${runtime.controlUrl}/metrics`)).text();
      const sum = (name: string) =>
        [...page.matchAll(new RegExp(`^tidegate_cache_${name}_total\\{[^}]*cache="reports"[^}]*\\} (\\d+)$`, 'gm'))]
          .map(([, count]) => Number(count))
          .reduce((total, count) => total + count, 0);
      const [hits, misses] = [sum('hits'), sum('misses')];
      return hits + misses === 41 && { hits, misses };
    });
    expect(counts.hits / 41).to.be.above(0.7);
  });

  it('keeps a session over both workers, and ends its sockets everywhere at log-out', async () => {
    const fay = await user('Fay');
    const pids = new Set<number>();
    await until('an answer of each worker', async () => {
      const { status, body } = await fay.ask<{ worker: { pid: number } }>('GET', '/api/me');
      expect(status).to.equal(200);
      pids.add(body.worker.pid);
      return pids.size === 2;
    });
    await fay.connect();
    const closed = once(fay.socket as NonNullable<typeof fay.socket>, 'close');
    expect((await fay.ask('POST', '/api/logout')).status).to.equal(204);
    expect((await closed)[0]).to.equal(4401);
    expect((await fay.ask('GET', '/api/me')).status).to.equal(401);
  });

  it('counts a job done once, whichever worker does it', async () => {
    const gus = await user('Gus');
    const { body } = await gus.ask<{ id: string }>('POST', '/api/jobs', { upTo: 100_000 });
    const job = await until('the job is done', async () => {
      const answer = await gus.ask<{ state: string }>('GET', `/api/jobs/${body.id}`);
      return answer.body.state === 'completed' && answer.body;
    });
    expect(job).to.deep.include({ progress: 100, result: { count: 9_592, largest: 99_991 }, error: null });
  });
});
