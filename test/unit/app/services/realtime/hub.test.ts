import { expect } from 'chai';
import { Conversations } from '../../../../../src/app/repositories/state/conversations.ts';
import { StateEvents } from '../../../../../src/app/repositories/state/events.ts';
import { Lobby } from '../../../../../src/app/repositories/state/lobby.ts';
import { Roster } from '../../../../../src/app/repositories/state/roster.ts';
import { Totals } from '../../../../../src/app/repositories/state/totals.ts';
import { SLOW_READER_BYTES } from '../../../../../src/app/services/chat-room.ts';
import { EventLog } from '../../../../../src/app/services/event-log.ts';
import { RealtimeCounts } from '../../../../../src/app/services/realtime/counts.ts';
import { RealtimeHub } from '../../../../../src/app/services/realtime/hub.ts';
import { Matchmaking } from '../../../../../src/app/services/realtime/matchmaking.ts';
import type { Member } from '../../../../../src/app/services/realtime/member.ts';
import { Presence } from '../../../../../src/app/services/realtime/presence.ts';
import { GONE_AFTER_MS, RealtimeUpkeep } from '../../../../../src/app/services/realtime/upkeep.ts';
import type { WorkerIdentity } from '../../../../../src/app/services/worker-identity.ts';
import { LocalState } from '../../../../../src/scaling/state/embedded/local-state.ts';
import { PubSub } from '../../../../../src/scaling/state/pubsub/index.ts';

type Told = Readonly<Record<string, unknown>>;

describe('the realtime service', () => {
  let nowMs: number;
  let state: LocalState;

  beforeEach(() => {
    nowMs = 1_000_000;
    state = new LocalState({ memoryLimitBytes: 16_777_216, now: () => nowMs });
  });
  afterEach(() => state.close());

  /** One worker's part, on the state that all share. */
  function worker(pid: number) {
    const identity: WorkerIdentity = { slot: pid, id: pid, pid };
    const roster = new Roster<WorkerIdentity>(state);
    const conversations = new Conversations(state);
    const matchmaking = new Matchmaking(new Lobby(state), conversations, () => 0);
    const counts = new RealtimeCounts(new Totals(state));
    const events = new EventLog(new StateEvents(state), () => nowMs);
    const shared = { worker: identity, roster, conversations, matchmaking, nowMs: () => nowMs };
    const hub = new RealtimeHub({ ...shared, pubsub: new PubSub(state), counts, events });
    const upkeep = new RealtimeUpkeep({ ...shared, hub });
    return { hub, upkeep, counts, roster, events, presence: new Presence(roster, counts) };
  }

  /** A page: what it is told, one message after the other. */
  class Page {
    readonly told: Told[] = [];
    bufferedBytes = 0;
    ended = '';
    readonly #hub: RealtimeHub;
    readonly #wake = new Set<() => void>();
    member!: Member;

    constructor(hub: RealtimeHub) {
      this.#hub = hub;
    }

    async join(name: string, session = `session of ${name}`): Promise<this> {
      this.member = await this.#hub.join({ id: name.toLowerCase(), name }, session, {
        send: (text) => {
          this.told.push(JSON.parse(text) as Told);
          for (const wake of this.#wake) wake();
        },
        bufferedBytes: () => this.bufferedBytes,
        dropSlowReader: () => {
          this.ended = 'slow';
        },
        closeLoggedOut: () => {
          this.ended = 'logged out';
          for (const wake of this.#wake) wake();
        },
      });
      return this;
    }

    send(message: object): void {
      this.#hub.receive(this.member, JSON.stringify(message));
    }

    /** The next message of the type that was not taken yet. */
    async next(type: string): Promise<Told> {
      for (;;) {
        const index = this.told.findIndex((message) => message.type === type);
        if (index >= 0) return this.told.splice(index, 1)[0] as Told;
        await this.changed();
      }
    }

    changed(): Promise<void> {
      return new Promise((resolve) => {
        const wake = (): void => {
          this.#wake.delete(wake);
          resolve();
        };
        this.#wake.add(wake);
      });
    }
  }

  async function pair(one: Page, other: Page): Promise<Told> {
    one.send({ type: 'find' });
    await one.next('waiting');
    other.send({ type: 'find' });
    const paired = await one.next('paired');
    await other.next('paired');
    return paired;
  }

  it('greets with who one is, where, and that one talks with nobody', async () => {
    const page = await new Page(worker(1).hub).join('Ann');
    expect(page.told).to.deep.equal([
      { type: 'ready', user: { id: 'ann', name: 'Ann' }, worker: { slot: 1, id: 1, pid: 1 }, conversation: null },
    ]);
  });

  it('passes what is said to the partner’s worker, and back that it has come', async () => {
    const [ann, bob] = [await new Page(worker(1).hub).join('Ann'), await new Page(worker(2).hub).join('Bob')];
    await pair(ann, bob);
    ann.send({ type: 'say', id: '1', text: 'hello' });
    expect(await bob.next('said')).to.deep.equal({
      type: 'said',
      id: '1',
      text: 'hello',
      from: { id: 'ann', name: 'Ann' },
      atMs: nowMs,
    });
    bob.send({ type: 'received', id: '1' });
    expect(await ann.next('delivered')).to.deep.equal({ type: 'delivered', id: '1' });
    ann.send({ type: 'signal', kind: 'offer', data: { sdp: 'x' } });
    expect(await bob.next('signal')).to.deep.equal({ type: 'signal', kind: 'offer', data: { sdp: 'x' } });
  });

  it('tells every page of a user, and knows the partner again after a reconnect to another worker', async () => {
    const [first, second] = [worker(1), worker(2)];
    const [ann, bob] = [await new Page(first.hub).join('Ann'), await new Page(second.hub).join('Bob')];
    const { room } = await pair(ann, bob);
    const tab = await new Page(first.hub).join('Bob');
    await second.hub.leave(bob.member);
    const again = await new Page(first.hub).join('Bob');
    const conversation = { room, partner: { id: 'ann', name: 'Ann' }, initiator: true };
    expect((await again.next('ready')).conversation).to.deep.equal(conversation);
    ann.send({ type: 'say', id: '1', text: 'both of you' });
    expect(await again.next('said')).to.include({ text: 'both of you' });
    expect(await tab.next('said')).to.include({ text: 'both of you' });
    tab.send({ type: 'leave' });
    expect(await again.next('ended')).to.deep.equal({ type: 'ended', reason: 'left' });
    expect(await ann.next('ended')).to.deep.equal({ type: 'ended', reason: 'left' });
    ann.send({ type: 'say', id: '2', text: 'hello?' });
    expect(await ann.next('error')).to.include({ code: 'NOT_TALKING', id: '2' });
    expect(tab.told.filter(({ type }) => type === 'ended')).to.deep.equal([]);
  });

  it('ends a conversation whose partner is nowhere for 30 seconds, not before', async () => {
    const [first, second] = [worker(1), worker(2)];
    const [ann, bob] = [await new Page(first.hub).join('Ann'), await new Page(second.hub).join('Bob')];
    await pair(ann, bob);
    await first.upkeep.run();
    await second.hub.leave(bob.member);
    await first.upkeep.run();
    nowMs += GONE_AFTER_MS - 1;
    await first.upkeep.run();
    expect(ann.member.conversation).to.not.equal(undefined);
    nowMs += 1;
    await first.upkeep.run();
    expect(await ann.next('ended')).to.deep.equal({ type: 'ended', reason: 'gone' });
    const again = await new Page(second.hub).join('Bob');
    expect(again.told[0]).to.include({ conversation: null });
    await first.counts.flush();
    expect(await first.presence.stats()).to.include({ connected: 2, conversations: 0, endedConversations: 1 });
  });

  it('forgives a partner who comes back in time', async () => {
    const [first, second] = [worker(1), worker(2)];
    const [ann, bob] = [await new Page(first.hub).join('Ann'), await new Page(second.hub).join('Bob')];
    await pair(ann, bob);
    await second.hub.leave(bob.member);
    await first.upkeep.run();
    nowMs += GONE_AFTER_MS - 1;
    await new Page(second.hub).join('Bob');
    await first.upkeep.run();
    nowMs += GONE_AFTER_MS - 1;
    await second.upkeep.run();
    await first.upkeep.run();
    expect(ann.member.conversation).to.not.equal(undefined);
  });

  it('keeps a wait while its worker lives, and gives the place of a dead one’s to the next', async () => {
    const [first, second] = [worker(1), worker(2)];
    const ann = await new Page(first.hub).join('Ann');
    ann.send({ type: 'find' });
    await ann.next('waiting');
    for (let round = 0; round < 3; round += 1) {
      nowMs += 10_000;
      await first.upkeep.run();
    }
    const lobby = new Lobby(state);
    expect(await lobby.find()).to.include({ userId: 'ann' });
    nowMs += 15_000;
    const bob = await new Page(second.hub).join('Bob');
    bob.send({ type: 'find' });
    await bob.next('waiting');
    expect(await lobby.find()).to.include({ userId: 'bob' });
  });

  it('finds out at the next upkeep that it was paired, when nobody heard it', async () => {
    const first = worker(1);
    const ann = await new Page(first.hub).join('Ann');
    ann.send({ type: 'find' });
    await ann.next('waiting');
    const matchmaking = new Matchmaking(new Lobby(state), new Conversations(state));
    const match = await matchmaking.find({ id: 'bob', name: 'Bob' });
    expect(match.kind).to.equal('paired');
    await first.upkeep.run();
    expect(await ann.next('paired')).to.deep.include({ partner: { id: 'bob', name: 'Bob' }, initiator: false });
  });

  it('closes the pages of a session that logged out, and those only', async () => {
    const [first, second] = [worker(1), worker(2)];
    const page = await new Page(first.hub).join('Ann', 'one');
    const other = await new Page(first.hub).join('Ann', 'two');
    const closed = page.changed();
    await second.hub.logOut('ann', 'one');
    await closed;
    expect([page.ended, other.ended]).to.deep.equal(['logged out', '']);
  });

  it('lets a page go that does not read', async () => {
    const [ann, bob] = [await new Page(worker(1).hub).join('Ann'), await new Page(worker(2).hub).join('Bob')];
    await pair(ann, bob);
    bob.bufferedBytes = SLOW_READER_BYTES + 1;
    ann.send({ type: 'say', id: '1', text: 'too much' });
    ann.send({ type: 'say', id: 'x'.repeat(65), text: '' });
    await ann.next('error');
    // Published before, by the same process, to be heard by the same: the message has come by the time of one that follows it.
    bob.send({ type: 'received', id: '0' });
    await ann.next('delivered');
    expect(bob.ended).to.equal('slow');
  });

  it('frees the lobby when the page that waits is closed', async () => {
    const { hub, presence } = worker(1);
    const ann = await new Page(hub).join('Ann');
    ann.send({ type: 'find' });
    await ann.next('waiting');
    expect(await presence.stats()).to.include({ connected: 1, waiting: 1 });
    await hub.leave(ann.member);
    expect(await new Lobby(state).find()).to.equal(undefined);
    expect(await presence.users()).to.deep.equal([]);
  });

  it('answers with the code of a state that fails, and goes on', async () => {
    const { hub } = worker(1);
    const ann = await new Page(hub).join('Ann');
    await state.close();
    ann.send({ type: 'find' });
    expect(await ann.next('error')).to.include({ code: 'STATE_CLOSED' });
  });
});
