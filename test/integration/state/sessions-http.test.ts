import { once } from 'node:events';
import type { Server } from 'node:http';
import { expect } from 'chai';
import { LocalState } from '../../../src/scaling/state/embedded/local-state.ts';
import { sessionStore } from '../../../src/scaling/state/sessions/index.ts';
import { MAX_AGE_MS, portOf, SessionClient, serveSessions } from './sessions-app.ts';

/** Lets requests go that wait, when the test says so; `arrived` resolves when as many wait. */
class Gate {
  #waiting: (() => void)[] = [];
  #arrived: { count: number; resolve: () => void } | undefined;

  readonly pass = (): Promise<void> =>
    new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === this.#arrived?.count) this.#arrived.resolve();
    });

  arrived(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = { count, resolve };
      if (this.#waiting.length >= count) resolve();
    });
  }

  open(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

describe('express-session on the shared state', () => {
  let state: LocalState;
  let server: Server;
  let port: number;
  let gate: Gate;
  let nowMs: number;

  beforeEach(async () => {
    nowMs = 1_000_000;
    state = new LocalState({ memoryLimitBytes: 16 * 1024 * 1024, now: () => nowMs });
    gate = new Gate();
    server = await serveSessions(sessionStore(state), gate.pass);
    port = portOf(server);
  });

  afterEach(async () => {
    gate.open();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    await state.close();
  });

  async function loggedIn(): Promise<SessionClient> {
    const client = new SessionClient();
    await client.post(port, '/login?user=ann');
    return client;
  }

  it('keeps a user logged in, under a new id from the log-in on', async () => {
    const client = new SessionClient();
    await client.post(port, '/set?field=cart&value=3');
    const before = client.cookie;
    await client.post(port, '/login?user=ann');
    expect(client.cookie).not.to.equal(before);
    expect(await client.get(port, '/me')).to.deep.equal({ user: 'ann', pid: process.pid });
    client.cookie = before;
    expect(await client.get(port, '/me')).to.deep.equal({ pid: process.pid });
  });

  it('keeps all of 50 changes that parallel requests of one session made', async () => {
    const client = await loggedIn();
    const fields = Array.from({ length: 50 }, (_, index) => `field${index}`);
    const arrived = gate.arrived(fields.length);
    const requests = fields.map((field) => client.post(port, `/held/set?field=${field}&value=${field}`));
    await arrived;
    gate.open();
    await Promise.all(requests);
    const { user, pid: _, ...rest } = await client.get(port, '/me');
    expect(user).to.equal('ann');
    expect(rest).to.deep.equal(Object.fromEntries(fields.map((field) => [field, field])));
  });

  it('stays logged out although requests that began before end after it', async () => {
    const client = await loggedIn();
    const old = client.cookie;
    const arrived = gate.arrived(10);
    const late = Array.from({ length: 10 }, () => client.ask(port, '/held/set?field=seen&value=1', 'POST'));
    await arrived;
    await client.post(port, '/logout');
    gate.open();
    expect((await Promise.all(late)).map(({ status }) => status)).to.deep.equal(Array<number>(10).fill(200));
    client.cookie = old;
    expect(await client.get(port, '/me')).to.deep.equal({ pid: process.pid });
  });

  it('lets a session live for its maximum age from the last request, whatever that did', async () => {
    const client = await loggedIn();
    for (let request = 0; request < 5; request += 1) {
      nowMs += MAX_AGE_MS - 1000;
      const { setCookie } = await client.ask(port, '/me');
      // A rolling cookie begins anew with the session.
      const expires = Date.parse(/Expires=([^;]+)/.exec(setCookie ?? '')?.[1] ?? '');
      expect(expires - Date.now()).to.be.within(MAX_AGE_MS - 5000, MAX_AGE_MS);
      expect(await client.get(port, '/me')).to.include({ user: 'ann' });
    }
    nowMs += MAX_AGE_MS;
    expect(await client.get(port, '/me')).to.deep.equal({ pid: process.pid });
  });

  it('answers with the code when the state is closed, and logs nobody out by it', async () => {
    const client = await loggedIn();
    const { cookie } = client;
    await state.close();
    const { status, setCookie } = await client.ask(port, '/me');
    expect(status).to.equal(500);
    expect(setCookie).to.equal(undefined);
    expect(client.cookie).to.equal(cookie);
  });
});
