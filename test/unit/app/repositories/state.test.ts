import { expect } from 'chai';
import { Accounts } from '../../../../src/app/repositories/state/accounts.ts';
import { CONVERSATION_TTL_MS, Conversations } from '../../../../src/app/repositories/state/conversations.ts';
import { StateEvents } from '../../../../src/app/repositories/state/events.ts';
import { StateLeaseHistory } from '../../../../src/app/repositories/state/lease-history.ts';
import { LOBBY_TTL_MS, Lobby } from '../../../../src/app/repositories/state/lobby.ts';
import { NewestList } from '../../../../src/app/repositories/state/newest-list.ts';
import { StateReports } from '../../../../src/app/repositories/state/reports.ts';
import { ROSTER_TTL_MS, Roster } from '../../../../src/app/repositories/state/roster.ts';
import { agreedSecret } from '../../../../src/app/repositories/state/session-secret.ts';
import { LocalState } from '../../../../src/scaling/state/embedded/local-state.ts';

const HOUR_MS = 3_600_000;
/** An hour's beginning. */
const THEN_MS = Date.UTC(2026, 0, 15, 12);

describe('the repositories on the shared state', () => {
  let nowMs: number;
  let state: LocalState;

  beforeEach(() => {
    nowMs = 1_000;
    state = new LocalState({ memoryLimitBytes: 16_777_216, now: () => nowMs });
  });
  afterEach(() => state.close());

  it('keep reports, and give the newest of a kind and period', async () => {
    const reports = new StateReports(state);
    const of = (kind: string, period: string, payload: unknown) =>
      reports.add({ kind, period, payload, createdAtMs: THEN_MS });
    const first = await of('usage', '2026-01', { users: 1 });
    const list = await of('usage', '2026-01', [1, 'two', null]);
    await of('usage', '2026-02', 'other');
    await of('errors', '2026-01', 'other');
    expect(await reports.newest('usage', '2026-01', 10)).to.deep.equal([list, first]);
    expect(await reports.newest('usage', '2026-01', 1)).to.deep.equal([list]);
    expect(await reports.newest('usage', '2026-03', 10)).to.deep.equal([]);
  });

  it('lose none of what is added to one list at the same time, and let the oldest fall out', async () => {
    const list = new NewestList<string>(state, { most: 20, ttlMs: HOUR_MS });
    const added = await Promise.all(Array.from({ length: 30 }, () => list.add('list', (id) => id)));
    expect(new Set(added).size).to.equal(30);
    expect(await list.read('list')).to.deep.equal(Array.from({ length: 20 }, (_, index) => String(30 - index)));
  });

  it('count events per kind and hour, the end of the range left out', async () => {
    const events = new StateEvents(state);
    const at = (kind: string, atMs: number) => events.add({ kind, userId: 'u', atMs, payload: {} });
    await at('chat', THEN_MS - 1);
    await at('chat', THEN_MS);
    await at('chat', THEN_MS + HOUR_MS - 1);
    await at('call', THEN_MS + 1);
    await at('chat', THEN_MS + HOUR_MS);
    await at('chat', THEN_MS + 3 * HOUR_MS);
    expect(await events.countsPerHour(THEN_MS, THEN_MS + 3 * HOUR_MS)).to.deep.equal([
      { kind: 'call', hourMs: THEN_MS, count: 1 },
      { kind: 'chat', hourMs: THEN_MS, count: 2 },
      { kind: 'chat', hourMs: THEN_MS + HOUR_MS, count: 1 },
    ]);
  });

  it('give a user’s events page by page, newest first', async () => {
    const events = new StateEvents(state);
    const added = [];
    for (let number = 1; number <= 12; number += 1) {
      added.unshift(
        await events.add({ kind: 'chat', userId: 'u', atMs: THEN_MS + (number >> 1), payload: { number } }),
      );
    }
    const first = await events.newestOfUser('u', 5);
    const second = await events.newestOfUser('u', 5, first.at(-1));
    const third = await events.newestOfUser('u', 5, second.at(-1));
    expect([...first, ...second, ...third]).to.deep.equal(added);
    expect(await events.newestOfUser('v', 5)).to.deep.equal([]);
  });

  it('keep what became of a lease, and of an owner’s leases', async () => {
    const history = new StateLeaseHistory(state);
    const of = (leaseId: string, owner: string, status: string, atMs: number) =>
      history.add({ leaseId, owner, status, atMs });
    const granted = await of('one', 'ann', 'granted', 1);
    const other = await of('two', 'ann', 'granted', 2);
    const connected = await of('one', 'ann', 'connected', 3);
    await of('three', 'bob', 'granted', 4);
    expect(await history.ofLease('one')).to.deep.equal([granted, connected]);
    expect(await history.newestOfOwner('ann', 2)).to.deep.equal([connected, other]);
  });

  it('register an account once, whatever the case of its name', async () => {
    const accounts = new Accounts(state);
    const account = (id: string, name: string) => ({ id, name, salt: '', hash: '', createdAtMs: THEN_MS });
    const [first, second] = await Promise.all([
      accounts.register(account('1', 'Ann')),
      accounts.register(account('2', 'ANN')),
    ]);
    expect([first.id, second.id]).to.deep.equal(['1', '1']);
    expect(await accounts.find('aNN')).to.deep.equal(account('1', 'Ann'));
    expect(await accounts.find('Bob')).to.equal(undefined);
  });

  it('agree on one secret', async () => {
    const secrets = await Promise.all([agreedSecret(state), agreedSecret(state), agreedSecret(state)]);
    expect(new Set(secrets).size).to.equal(1);
    expect(secrets[0]).to.have.length.above(40);
    expect(await agreedSecret(state)).to.equal(secrets[0]);
  });

  it('have one place in the lobby, for as long as its wait is renewed', async () => {
    const lobby = new Lobby(state);
    const ann = { userId: 'a', name: 'Ann', ticket: '1' };
    const bob = { userId: 'b', name: 'Bob', ticket: '2' };
    expect(await lobby.enter(ann)).to.equal(true);
    expect(await lobby.enter(bob)).to.equal(false);
    nowMs += LOBBY_TTL_MS - 1;
    expect(await lobby.renew(ann)).to.equal(true);
    nowMs += LOBBY_TTL_MS - 1;
    expect(await lobby.find()).to.deep.equal(ann);
    expect(await lobby.take(bob)).to.equal(false);
    expect(await lobby.take(ann)).to.equal(true);
    expect(await lobby.take(ann)).to.equal(false);
    expect(await lobby.renew(ann)).to.equal(false);
    await lobby.enter(bob);
    nowMs += LOBBY_TTL_MS;
    expect(await lobby.find()).to.equal(undefined);
  });

  it('end a conversation once, and never the one that came after it', async () => {
    const conversations = new Conversations(state);
    const of = (room: string) => ({ room, partner: { id: 'b', name: 'Bob' }, initiator: true });
    await conversations.set('a', of('1'));
    expect(await conversations.of('a')).to.deep.equal(of('1'));
    expect(await Promise.all([conversations.end('a', '1'), conversations.end('a', '1')])).to.have.members([
      true,
      false,
    ]);
    expect(await conversations.of('a')).to.equal(undefined);
    await conversations.set('a', of('2'));
    expect(await conversations.end('a', '1')).to.equal(false);
    nowMs += CONVERSATION_TTL_MS - 1;
    expect(await conversations.renew('a')).to.equal(true);
    nowMs += CONVERSATION_TTL_MS - 1;
    expect(await conversations.of('a')).to.deep.equal(of('2'));
    nowMs += 1;
    expect(await conversations.of('a')).to.equal(undefined);
  });

  it('list who is connected to any worker, until the worker is silent for too long', async () => {
    const entry = (userId: string) =>
      ({ userId, name: userId, worker: 0, sinceMs: 1, state: 'idle', room: null }) as const;
    const [one, other] = [new Roster<number>(state), new Roster<number>(state)];
    await one.put('1', entry('ann'));
    await one.put('2', entry('bob'));
    await other.put('3', entry('cat'));
    const names = async () => (await one.all()).map(({ name }) => name).sort();
    expect(await names()).to.deep.equal(['ann', 'bob', 'cat']);
    await one.remove('1');
    nowMs += ROSTER_TTL_MS - 1;
    await one.renew({ 2: entry('bob') });
    nowMs += 1;
    expect(await names()).to.deep.equal(['bob']);
    await other.renew({ 3: entry('cat') });
    expect(await names()).to.deep.equal(['bob', 'cat']);
    await other.leave();
    expect(await names()).to.deep.equal(['bob']);
  });
});
