import { once } from 'node:events';
import { expect } from 'chai';
import { until } from '../helpers/runtime.ts';
import { AppProcess } from './app-process.ts';
import { AppUser } from './app-user.ts';

describe('the reference app’s services, in a process of its own', () => {
  let app: AppProcess;
  let url: string;
  const users: AppUser[] = [];

  before(async () => {
    app = await AppProcess.start();
    url = app.url;
  });
  after(async () => {
    await Promise.all(users.map((user) => user.disconnect()));
    expect(await app.stop()).to.equal(0);
  });

  function stranger(name: string): AppUser {
    const made = new AppUser(url, name);
    users.push(made);
    return made;
  }

  async function user(name: string): Promise<AppUser> {
    const made = stranger(name);
    await made.logIn();
    return made;
  }

  describe('accounts', () => {
    it('registers a name at its first log-in, and knows it by its password from then on', async () => {
      const ann = stranger('Ann');
      expect(await ann.ask('GET', '/api/me')).to.deep.include({ status: 401 });
      const first = await ann.ask<{ user: { id: string } }>('POST', '/api/login', { name: 'Ann', password: 'secret' });
      expect(first.status).to.equal(200);
      expect(first.headers.get('set-cookie')).to.match(/^tidegate\.sid=.*HttpOnly; SameSite=Lax$/);
      const other = stranger('ann');
      const again = await other.ask<{ user: object }>('POST', '/api/login', { name: 'ANN', password: 'secret' });
      expect(again.body.user).to.deep.equal({ id: first.body.user.id, name: 'Ann' });
      const wrong = await other.ask('POST', '/api/login', { name: 'Ann', password: 'guess' });
      expect(wrong).to.deep.include({ status: 401 });
      expect(wrong.body).to.include({ code: 'WRONG_PASSWORD' });
    });

    it('counts the views of a session, and begins anew with the next one', async () => {
      const bob = await user('Bob');
      const views = async () => (await bob.ask<{ session: { views: number } }>('GET', '/api/me')).body.session.views;
      expect([await views(), await views()]).to.deep.equal([1, 2]);
      const before = bob.cookie;
      await bob.logIn();
      expect(bob.cookie).to.not.equal(before);
      expect(await views()).to.equal(1);
      const old = stranger('Bob');
      old.cookie = before;
      expect((await old.ask('GET', '/api/me')).status).to.equal(401);
    });

    const badFields: [body: unknown, status: number, code: string][] = [
      [{ name: 'A', password: 'secret' }, 400, 'INVALID_FIELD'],
      [{ name: ' Ann', password: 'secret' }, 400, 'INVALID_FIELD'],
      [{ name: 'Ann\u0000', password: 'secret' }, 400, 'INVALID_FIELD'],
      [{ name: 'x'.repeat(33), password: 'secret' }, 400, 'INVALID_FIELD'],
      [{ name: 'Ann', password: 'abc' }, 400, 'INVALID_FIELD'],
      [{ name: 'Ann', password: 12345 }, 400, 'INVALID_FIELD'],
      [{ name: { toString: 'Ann' }, password: 'secret' }, 400, 'INVALID_FIELD'],
      ['[]', 400, 'INVALID_FIELD'],
      ['{"name":', 400, 'BAD_REQUEST'],
      [JSON.stringify({ name: 'x'.repeat(70_000) }), 413, 'BAD_REQUEST'],
    ];
    it('refuses what is no name or password, without repeating the password', async () => {
      for (const [body, status, code] of badFields) {
        const answer = await stranger('nobody').ask('POST', '/api/login', body);
        expect(answer.status, JSON.stringify(body).slice(0, 50)).to.equal(status);
        expect(answer.body).to.include({ code });
        expect(JSON.stringify(answer.body)).to.not.include('12345');
      }
    });

    it('lets a name be guessed ten times', async () => {
      await user('Guessed');
      const guesser = stranger('Guessed');
      const statuses: number[] = [];
      let last = await guesser.ask('GET', '/api/presence');
      for (let guess = 1; guess <= 11; guess += 1) {
        last = await guesser.ask('POST', '/api/login', { name: 'Guessed', password: `guess ${guess}` });
        statuses.push(last.status);
      }
      expect(statuses).to.deep.equal([...Array<number>(10).fill(401), 429]);
      expect(last.body).to.include({ code: 'RATE_LIMITED' });
      expect(Number(last.headers.get('retry-after'))).to.be.within(1, 300);
      await user('Another');
    });

    it('takes changes from its own pages only', async () => {
      const cid = await user('Cid');
      const { host } = new URL(url);
      const cases: [headers: Record<string, string>, isRefused: boolean][] = [
        [{ 'sec-fetch-site': 'cross-site' }, true],
        [{ 'sec-fetch-site': 'same-site' }, true],
        [{ 'sec-fetch-site': 'cross-site', origin: url }, true],
        [{ origin: 'https://elsewhere.example' }, true],
        [{ origin: 'null' }, true],
        [{ 'sec-fetch-site': 'same-origin', origin: url }, false],
        [{ 'sec-fetch-site': 'none' }, false],
        [{ origin: `http://${host}` }, false],
        [{}, false],
      ];
      for (const [headers, isRefused] of cases) {
        const { status, body } = await cid.ask('POST', '/api/jobs', { upTo: 1 }, headers);
        expect([status, body.code], JSON.stringify(headers)).to.deep.equal(
          isRefused ? [403, 'CROSS_SITE'] : [400, 'INVALID_FIELD'],
        );
      }
    });

    it('lets nobody do what is for logged-in users', async () => {
      const cases: [method: string, path: string][] = [
        ['GET', '/api/me'],
        ['GET', '/api/activity'],
        ['POST', '/api/reports/usage'],
        ['POST', '/api/jobs'],
        ['GET', '/api/leases'],
        ['POST', '/api/leases'],
        ['POST', '/api/leases/any/connect'],
      ];
      for (const [method, path] of cases) {
        const { status, body } = await stranger('nobody').ask(method, path, method === 'POST' ? {} : undefined);
        expect([status, body.code], path).to.deep.equal([401, 'NOT_LOGGED_IN']);
      }
    });
  });

  describe('reports', () => {
    it('are read from the cache until one is added', async () => {
      const dan = await user('Dan');
      const read = async () => {
        const path = '/api/reports/errors?period=2026-10&limit=2';
        const { body, headers } = await dan.ask<{ reports: { id: string }[]; cached: string }>('GET', path);
        return [body.reports.map(({ id }) => id), body.cached, headers.get('x-cache')];
      };
      expect(await read()).to.deep.equal([[], 'load', 'MISS']);
      expect(await read()).to.deep.equal([[], 'cache', null]);
      for (const payload of [1, { two: 2 }, null]) {
        const { status } = await dan.ask('POST', '/api/reports/errors', { period: '2026-10', payload });
        expect(status).to.equal(201);
      }
      expect(await read()).to.deep.equal([['3', '2'], 'load', 'MISS']);
      expect(await read()).to.deep.equal([['3', '2'], 'cache', null]);
    });

    it('refuse what is no kind, period, limit or payload', async () => {
      const eve = await user('Eve');
      const reads = ['/api/reports/Usage', '/api/reports/usage?period=2026-13', '/api/reports/usage?limit=101'];
      for (const path of reads) expect((await eve.ask('GET', path)).body).to.include({ code: 'INVALID_PARAMETER' });
      const writes = [
        { period: '2026-11' },
        { period: 'soon', payload: 1 },
        { period: '2026-11', payload: 'x'.repeat(4_096) },
      ];
      for (const body of writes) {
        expect((await eve.ask('POST', '/api/reports/usage', body)).body).to.include({ code: 'INVALID_FIELD' });
      }
    });

    it('tell what was done, by hour and kind', async () => {
      const fay = await user('Fay');
      await until('the log-in is written', async () => {
        const path = '/api/activity?hours=1';
        const { body } = await fay.ask<{ counts: { kind: string; count: number }[] }>('GET', path);
        return body.counts.some(({ kind, count }) => kind === 'login' && count >= 1);
      });
    });
  });

  describe('jobs', () => {
    it('are done beside requests, and tell how far they are', async () => {
      const gus = await user('Gus');
      const { status, body, headers } = await gus.ask<{ id: string }>('POST', '/api/jobs', { upTo: 3_000_000 });
      expect(status).to.equal(202);
      expect(headers.get('location')).to.equal(`/api/jobs/${body.id}`);
      const seen = new Set<number>();
      const job = await until('it is done', async () => {
        const answer = await gus.ask<{ state: string; progress: number }>('GET', `/api/jobs/${body.id}`);
        seen.add(answer.body.progress);
        return answer.body.state === 'completed' && answer.body;
      });
      expect(job).to.deep.equal({
        id: body.id,
        state: 'completed',
        progress: 100,
        result: { count: 216_816, largest: 2_999_999 },
        error: null,
      });
      expect([...seen].some((percent) => percent > 0 && percent < 100)).to.equal(true);
      expect((await gus.ask('GET', '/api/jobs')).body).to.include({ active: 0, failed: 0 });
      expect((await gus.ask('GET', '/api/jobs/none')).body).to.include({ code: 'JOB_NOT_FOUND' });
    });
  });

  describe('leases', () => {
    it('go from created to disconnected, for their owner alone, and keep their history', async () => {
      const [hal, ida] = [await user('Hal'), await user('Ida')];
      const { status, body } = await hal.ask<{ id: string }>('POST', '/api/leases', { bandwidthMbps: 50 });
      expect(status).to.equal(201);
      expect(body).to.include({ status: 'granted', bandwidthMbps: 50 });
      const act = async (who: AppUser, action: string) => {
        const answer = await who.ask('POST', `/api/leases/${body.id}/${action}`);
        return [answer.status, answer.body.code ?? answer.body.status];
      };
      expect(await act(hal, 'heartbeat')).to.deep.equal([409, 'LEASE_NOT_CONNECTED']);
      expect(await act(hal, 'connect')).to.deep.equal([200, 'connected']);
      expect(await act(hal, 'heartbeat')).to.deep.equal([200, 'connected']);
      expect(await act(ida, 'disconnect')).to.deep.equal([404, 'LEASE_NOT_FOUND']);
      expect((await ida.ask('GET', `/api/leases/${body.id}`)).status).to.equal(404);
      expect(await act(hal, 'disconnect')).to.deep.equal([200, 'disconnected']);
      expect(await act(hal, 'connect')).to.deep.equal([409, 'LEASE_ENDED']);
      const mine = await hal.ask<{ history: { status: string }[] }>('GET', '/api/leases');
      expect(mine.body.history.map((change) => change.status)).to.deep.equal(['disconnected', 'connected', 'granted']);
      expect((await ida.ask('GET', '/api/leases')).body).to.deep.equal({ history: [] });
      const wrong = await hal.ask('POST', '/api/leases', { bandwidthMbps: 0 });
      expect(wrong.body).to.include({ code: 'INVALID_FIELD', field: 'bandwidthMbps' });
    });
  });

  describe('limits', () => {
    for (const kind of ['standard', 'strict', 'progressive']) {
      it(`of the ${kind} kind let five requests pass in ten seconds`, async () => {
        const statuses: number[] = [];
        for (let count = 0; count < 6; count += 1) {
          statuses.push((await stranger('x').ask('GET', `/api/limited/${kind}`)).status);
        }
        expect(statuses).to.deep.equal([200, 200, 200, 200, 200, 429]);
      });
    }
  });

  describe('realtime', () => {
    it('lets in who is logged in, from this site’s pages', async () => {
      const jan = await user('Jan');
      const refusal = (headers: Record<string, string>) => jan.connect(headers).catch((error: Error) => error.message);
      expect(await refusal({ cookie: '' })).to.equal('Unexpected server response: 401');
      expect(await refusal({ origin: 'https://elsewhere.example' })).to.equal('Unexpected server response: 403');
      expect(await jan.connect({ origin: url })).to.deep.include({ conversation: null });
      expect((await jan.ask('GET', '/realtime')).status).to.equal(426);
    });

    it('answers what it cannot understand or do, and goes on', async () => {
      const kim = await user('Kim');
      await kim.connect();
      const answers: [message: string, code: string, id: string | undefined][] = [
        ['{"type":', 'BAD_JSON', undefined],
        ['[]', 'BAD_MESSAGE', undefined],
        ['{"type":"shout"}', 'UNKNOWN_TYPE', undefined],
        ['{"type":"say","id":"1","text":"anybody?"}', 'NOT_TALKING', '1'],
        [`{"type":"say","id":"2","text":"${'x'.repeat(2_001)}"}`, 'BAD_MESSAGE', '2'],
        [`{"type":"say","id":"${'x'.repeat(65)}","text":"hello"}`, 'BAD_MESSAGE', undefined],
        ['{"type":"signal","kind":"hello","data":1}', 'BAD_MESSAGE', undefined],
      ];
      for (const [message, code, id] of answers) {
        const from = kim.messages.length;
        kim.socket?.send(message);
        const { id: answered, ...error } = await kim.next('error', from);
        expect([error.code, answered], message).to.deep.equal([code, id]);
      }
      const closed = once(kim.socket as NonNullable<typeof kim.socket>, 'close');
      kim.socket?.send('x'.repeat(65_537));
      expect((await closed)[0]).to.equal(1009);
    });

    it('never pairs a user with themselves, and frees the place of one who stops waiting', async () => {
      const [leo, mia, ned] = [await user('Leo'), await user('Mia'), await user('Ned')];
      const tab = stranger('Leo');
      tab.cookie = leo.cookie;
      await Promise.all([leo.connect(), tab.connect(), mia.connect(), ned.connect()]);
      leo.send({ type: 'find' });
      await leo.next('waiting');
      tab.send({ type: 'find' });
      await tab.next('waiting');
      leo.send({ type: 'leave' });
      tab.send({ type: 'leave' });
      const isIdle = async () => {
        const { body } = await leo.ask<{ users: { name: string; state: string }[] }>('GET', '/api/presence');
        return body.users.every(({ state }) => state === 'idle');
      };
      await until('nobody waits', isIdle);
      mia.send({ type: 'find' });
      await mia.next('waiting');
      ned.send({ type: 'find' });
      expect((await ned.next('paired')).partner?.name).to.equal('Mia');
      expect((await mia.next('paired')).partner?.name).to.equal('Ned');
    });

    it('pairs many who look at the same moment, each with one other', async () => {
      const crowd = await Promise.all(Array.from({ length: 10 }, (_, index) => user(`crowd ${index}`)));
      await Promise.all(crowd.map((one) => one.connect()));
      for (const one of crowd) one.send({ type: 'find' });
      const rooms = new Map<string, number>();
      for (const { room = '' } of await Promise.all(crowd.map((one) => one.next('paired')))) {
        rooms.set(room, (rooms.get(room) ?? 0) + 1);
      }
      expect([...rooms.values()]).to.deep.equal([2, 2, 2, 2, 2]);
    });
  });

  it('tells the health of what it depends on', async () => {
    interface Health {
      readonly dependencies: { readonly state: { readonly status: string } };
    }
    await until('the shared state is connected', async () => {
      const { status, body } = await stranger('x').ask<Health>('GET', '/health');
      expect(status).to.equal(200);
      return body.dependencies.state.status === 'ok';
    });
    const detail = await stranger('x').ask('GET', '/api/health');
    expect(detail.body).to.have.nested.property('dependencies.state.latencyMs').above(0);
    expect(detail.body).to.have.nested.property('cache.name', 'reports');
  });

  it('serves the page', async () => {
    const response = await fetch(`${url}/app`);
    const nonce = /script-src 'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1];
    expect(await response.text()).to.include(`<script nonce="${nonce}">`);
  });
});
