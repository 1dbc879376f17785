import { expect } from 'chai';
import { LocalState } from '../../../../../src/scaling/state/embedded/local-state.ts';
import type { Message } from '../../../../../src/scaling/state/pubsub/index.ts';
import { PubSub, pubsub, userChannel } from '../../../../../src/scaling/state/pubsub/index.ts';

describe('PubSub', () => {
  let state: LocalState;
  let subscriptions: number;

  beforeEach(() => {
    state = new LocalState({ memoryLimitBytes: 1_048_576 });
    subscriptions = 0;
    const subscribe = state.subscribe.bind(state);
    state.subscribe = (channel, listener) => {
      subscriptions += 1;
      return subscribe(channel, listener);
    };
  });

  afterEach(() => state.close());

  /** Resolves when `bus` has heard everything that was published on `channel` before. */
  async function heard(bus: PubSub, channel: string): Promise<void> {
    const marker = new PubSub(state, { instanceId: 'marker' });
    await new Promise<void>((resolve, reject) => {
      const end = bus.subscribe(channel, (message) => {
        if (message.publisher === 'marker') resolve(end.then((leave) => leave()));
      });
      end.then(() => marker.publish(channel, 'marker')).catch(reject);
    });
  }

  it('brings each message with its publisher, its number and what was published', async () => {
    const alice = new PubSub(state, { instanceId: 'alice' });
    const bob = new PubSub(state, { instanceId: 'bob' });
    const messages: Message[] = [];
    await bob.subscribe(userChannel('7'), (message) => void messages.push(message));
    await alice.publish('user:7', { text: 'a b\nc' });
    await alice.publishJson('user:7', '[1, 2]');
    await heard(bob, 'user:7');
    expect(
      messages
        .filter(({ publisher }) => publisher === 'alice')
        .map(({ channel, sequence, json, data, own, lost }) => ({ channel, sequence, json, data, own, lost })),
    ).to.deep.equal([
      { channel: 'user:7', sequence: 1, json: '{"text":"a b\\nc"}', data: { text: 'a b\nc' }, own: false, lost: 0 },
      { channel: 'user:7', sequence: 2, json: '[1, 2]', data: [1, 2], own: false, lost: 0 },
    ]);
  });

  it('parses a message once for all its listeners', async () => {
    const bus = new PubSub(state);
    const seen: unknown[] = [];
    await bus.subscribe('admin', ({ data }) => void seen.push(data));
    await bus.subscribe('admin', ({ data }) => void seen.push(data));
    await bus.publish('admin', { n: 1 });
    await heard(bus, 'admin');
    expect(seen[0]).to.deep.equal({ n: 1 });
    expect(seen[1]).to.equal(seen[0]);
  });

  it('does not bring its own messages to a listener that asked not to hear them', async () => {
    const bus = new PubSub(state);
    const other = new PubSub(state);
    const all: unknown[] = [];
    const foreign: unknown[] = [];
    await bus.subscribe('platform', ({ data }) => void all.push(data));
    await bus.subscribe('platform', ({ data }) => void foreign.push(data), { own: false });
    await bus.publish('platform', 'mine');
    await other.publish('platform', 'theirs');
    await heard(bus, 'platform');
    expect(all).to.deep.equal(['mine', 'theirs', 'marker']);
    expect(foreign).to.deep.equal(['theirs', 'marker']);
  });

  it('holds one subscription per channel, however many listen, and ends it with the last', async () => {
    const bus = new PubSub(state);
    const seen: string[] = [];
    const leaves = await Promise.all(
      Array.from({ length: 100 }, (_, index) => bus.subscribe('admin', () => void seen.push(`${index}`))),
    );
    expect(subscriptions).to.equal(1);
    expect(bus.stats()).to.include({ channels: 1, listeners: 100 });
    await Promise.all(leaves.slice(1).map((leave) => leave()));
    await bus.publish('admin', 1);
    await heard(bus, 'admin');
    expect(seen).to.deep.equal(['0', '0']);
    await leaves[0]?.();
    expect(bus.stats()).to.include({ channels: 0, listeners: 0 });
    await bus.subscribe('admin', () => undefined);
    expect(subscriptions).to.equal(2);
  });

  it('ends only the listener whose end was asked for, even if the same function listens twice', async () => {
    const bus = new PubSub(state);
    let calls = 0;
    const listener = (): void => {
      calls += 1;
    };
    const leave = await bus.subscribe('admin', listener);
    await bus.subscribe('admin', listener);
    await leave();
    await leave();
    await bus.publish('admin', 1);
    await heard(bus, 'admin');
    expect(calls).to.equal(2); // The message and the marker, once each.
  });

  it('tells of a listener that throws or rejects, and goes on to the others', async () => {
    const failures: string[] = [];
    const onError = (error: unknown, channel: string): void => {
      failures.push(`${channel}: ${(error as Error).message}`);
    };
    const bus = new PubSub(state, { onError });
    const seen: unknown[] = [];
    await bus.subscribe('admin', () => {
      throw new Error('thrown');
    });
    await bus.subscribe('admin', async () => {
      throw new Error('rejected');
    });
    await bus.subscribe('admin', ({ data }) => void seen.push(data));
    await bus.publish('admin', 1);
    await heard(bus, 'admin');
    expect(seen[0]).to.equal(1);
    expect(failures.slice(0, 2)).to.deep.equal(['admin: thrown', 'admin: rejected']);
    expect(bus.stats().listenerErrors).to.equal(failures.length);
  });

  it('counts messages that were missed, and says so with the next one', async () => {
    const alice = new PubSub(state, { instanceId: 'alice', prefix: 'x:' });
    const bob = new PubSub(state, { instanceId: 'bob', prefix: 'x:' });
    const lost: number[] = [];
    await bob.subscribe('admin', (message) => void lost.push(message.lost));
    await alice.publish('admin', 1);
    await state.publish('x:admin', 'alice 4 "2 and 3 were missed"');
    await state.publish('x:admin', 'alice 3 "late"');
    await state.publish('x:admin', 'alice 1 "began anew"');
    await state.publish('x:admin', 'not an envelope');
    const last = new Promise<void>((resolve) => {
      bob.subscribe('admin', ({ data }) => {
        if (data === 'last') resolve();
      });
    });
    await alice.publish('admin', 'last');
    await last;
    expect(lost).to.deep.equal([0, 2, 0, 0, 0]);
    expect(bob.stats()).to.include({ received: 5, lost: 2, late: 1, malformed: 1 });
  });

  it('lets a failed subscription reach its caller, and leaves nothing behind', async () => {
    const bus = new PubSub(state);
    state.subscribe = () => Promise.reject(new Error('away'));
    const outcomes = await Promise.allSettled([
      bus.subscribe('admin', () => undefined),
      bus.subscribe('admin', () => undefined),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect(bus.stats()).to.include({ channels: 0, listeners: 0 });
  });

  it('lets a listener go although the store can’t be told', async () => {
    const bus = new PubSub(state);
    state.subscribe = () => Promise.resolve(() => Promise.reject(new Error('away')));
    const leave = await bus.subscribe('admin', () => undefined);
    await leave();
    expect(bus.stats()).to.include({ channels: 0, listeners: 0 });
  });

  it('refuses bad channels, what JSON cannot express and messages too large', async () => {
    const bus = new PubSub(state, { maxMessageBytes: 10 });
    const failure = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'none', String);
    expect(await failure(bus.publish('', 1))).to.match(/RangeError: a channel's name has 0 bytes/);
    expect(await failure(bus.subscribe('x'.repeat(513), () => undefined))).to.match(/it must have 1 to 512/);
    expect(await failure(bus.publish('admin', undefined))).to.match(/TypeError: a message for admin is undefined/);
    expect(await failure(bus.publish('admin', '123456789'))).to.match(/has 11 bytes; at most 10 are allowed/);
    expect(() => new PubSub(state, { instanceId: 'a b' })).to.throw(RangeError, 'no blank');
    expect(() => new PubSub(state, { maxMessageBytes: 0 })).to.throw(RangeError, 'maxMessageBytes is 0');
  });

  it('is one and the same for all who ask for a state’s', () => {
    expect(pubsub(state)).to.equal(pubsub(state));
  });
});
