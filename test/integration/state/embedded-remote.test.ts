import { once } from 'node:events';
import { expect } from 'chai';
import { until } from '../../helpers/runtime.ts';
import { EmbeddedFixture, failure, frame, HELLO } from './embedded-fixture.ts';

describe('the embedded store over its socket', () => {
  let fixture: EmbeddedFixture;
  beforeEach(() => {
    fixture = new EmbeddedFixture();
  });
  afterEach(() => fixture.close());

  it('counts exactly what many connections add at once', async () => {
    await fixture.serve();
    const states = Array.from({ length: 4 }, () => fixture.state());
    const counts = await Promise.all(
      states.flatMap((state) => Array.from({ length: 2500 }, () => state.increment('n', 1, 60_000))),
    );
    expect(new Set(counts.map(({ value }) => value)).size).to.equal(10_000);
    expect((await states[0]?.count('n'))?.value).to.equal(10_000);
  });

  it('brings large values whole, more of them than it would hold for a caller at once', async () => {
    await fixture.serve();
    const state = fixture.state();
    const value = Buffer.alloc(12 * 1024 * 1024, 'tide');
    const options = { timeoutMs: 20_000 };
    await state.set('large', value, options);
    const read = await Promise.all(Array.from({ length: 8 }, () => state.get('large', options)));
    for (const one of read) expect(one?.equals(value)).to.equal(true);
    expect(fixture.faults).to.deep.equal([]);
  });

  it('refuses what is beyond its limits and goes on', async () => {
    await fixture.serve([], 1024 * 1024);
    const state = fixture.state();
    expect(await failure(state.set('a', Buffer.alloc(17 * 1024 * 1024)))).to.include({ code: 'STATE_BAD_ARGUMENT' });
    expect(await failure(state.set('a', Buffer.alloc(2 * 1024 * 1024)))).to.include({ code: 'STATE_FULL' });
    await state.hashSet('h', { a: '1' });
    expect(await failure(state.get('h'))).to.include({ code: 'STATE_WRONG_TYPE' });
    await state.set('a', 'x');
    expect(String(await state.get('a'))).to.equal('x');
  });

  it('calls off what its caller gives up, and nothing else', async () => {
    await fixture.serve();
    const state = fixture.state();
    await state.connect();
    const giveUp = new AbortController();
    const given = state.set('a', 'x', { signal: giveUp.signal });
    const other = state.set('b', 'y');
    giveUp.abort('enough');
    expect(await failure(given)).to.include({ code: 'STATE_ABORTED', ambiguous: true, cause: 'enough' });
    await other;
    expect(String(await state.get('b'))).to.equal('y');
  });

  it('says which calls may have been done when the store does not answer in time', async () => {
    await fixture.serveSilence();
    const state = fixture.state();
    const brief = { timeoutMs: 60 };
    expect(await failure(state.get('a', brief))).to.include({
      code: 'STATE_TIMEOUT',
      ambiguous: false,
      message: 'get: no answer within 60 ms',
    });
    expect(await failure(state.increment('a', 1, 1000, brief))).to.include({ code: 'STATE_TIMEOUT', ambiguous: true });
    expect(await failure(state.callModule('m', 'o', 1, brief))).to.include({ code: 'STATE_TIMEOUT', ambiguous: true });
  });

  it('waits for a store that is away until the deadline, and does not do it later', async () => {
    const state = fixture.state();
    const error = await failure(state.set('a', 'late', { timeoutMs: 60 }));
    expect(error).to.include({ code: 'STATE_UNAVAILABLE', ambiguous: false });
    expect(error.message).to.include(`not connected to the store at ${fixture.socketPath} (connect ENOENT`);
    const inTime = state.add('b', 'x', { timeoutMs: 10_000 });
    await fixture.serve();
    expect(await inTime).to.equal(true);
    expect(await state.get('a')).to.equal(undefined);
  });

  it('asks again what only reads when the connection breaks, and says of the rest that it may have been done', async () => {
    const endSilence = await fixture.serveSilence((socket) => socket.destroy());
    const state = fixture.state();
    await failure(state.increment('warm', 1, 1000));
    const read = state.get('a', { timeoutMs: 10_000 });
    const add = failure(state.add('b', 'x', { timeoutMs: 10_000 }));
    expect(await add).to.include({ code: 'STATE_UNAVAILABLE', ambiguous: true });
    await endSilence();
    await fixture.serve();
    expect(await read).to.equal(undefined);
  });

  it('comes back to a store that was restarted, with its subscriptions', async () => {
    const first = await fixture.serve();
    const [listener, publisher] = [fixture.state(), fixture.state()];
    const heard: string[] = [];
    await listener.subscribe('c', (message) => heard.push(String(message)));
    const unsubscribe = await listener.subscribe('d', (message) => heard.push(`d ${message}`));
    await publisher.publish('c', 'before');
    await until('the first message', () => heard.length === 1);
    await first.close();
    await until('it is noticed', () => !listener.status().connected);
    await unsubscribe();
    await fixture.serve();
    await until('both are back', () => listener.status().connected && publisher.status().connected);
    await publisher.publish('d', 'x');
    await publisher.publish('c', 'after');
    await until('the second message', () => heard.length === 2);
    expect(heard).to.deep.equal(['before', 'after']);
    expect(listener.status().detail).to.include({ connections: 2, lastError: null });
  });

  it('brings 20,000 messages between connections in order', async () => {
    await fixture.serve();
    const [listener, publisher] = [fixture.state(), fixture.state()];
    const heard: number[] = [];
    await listener.subscribe('c', (message) => heard.push(Number(message)));
    const numbers = Array.from({ length: 20_000 }, (_, index) => index);
    await Promise.all(numbers.map((number) => publisher.publish('c', String(number), { timeoutMs: 10_000 })));
    await until('all have come', () => heard.length === numbers.length);
    expect(heard).to.deep.equal(numbers);
  });

  it('hangs up on bytes that are no request, and only on their connection', async () => {
    await fixture.serve();
    const state = fixture.state();
    await state.set('a', 'x');
    const strange: Buffer[] = [
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      frame(1, Buffer.of(1)),
      Buffer.concat([HELLO, frame(1, Buffer.of(200))]),
      Buffer.concat([HELLO, frame(1, Buffer.of(2, 0xff, 0xff, 0xff, 0xff))]),
      Buffer.concat([HELLO, frame(1, Buffer.of(1, 1))]),
      Buffer.concat([HELLO, Buffer.of(0, 0, 0, 0)]),
    ];
    for (const bytes of strange) {
      const socket = await fixture.raw();
      socket.resume();
      const closed = once(socket, 'close');
      socket.write(bytes);
      await closed;
    }
    expect(fixture.faults).to.have.length(strange.length);
    for (const fault of fixture.faults) expect(fault).to.match(/^connection \d+ was hung up on: /);
    expect(String(await state.get('a'))).to.equal('x');
    expect(state.status().detail).to.include({ connections: 1 });
  });

  it('takes a request that comes byte by byte', async () => {
    await fixture.serve();
    const socket = await fixture.raw();
    const answers: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => answers.push(chunk));
    for (const byte of Buffer.concat([HELLO, frame(7, Buffer.of(1))])) {
      await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
    }
    const expected = Buffer.concat([frame(0xffff_ffff, Buffer.of(0)), frame(7, Buffer.of(0))]);
    await until('both answers', () => Buffer.concat(answers).length >= expected.length);
    expect(Buffer.concat(answers).equals(expected)).to.equal(true);
  });

  it('hangs up on a subscriber that takes nothing, and keeps the others', async () => {
    await fixture.serve();
    const [listener, publisher] = [fixture.state(), fixture.state()];
    const channel = Buffer.from('c');
    const slow = await fixture.raw();
    slow.pause();
    slow.write(Buffer.concat([HELLO, frame(1, Buffer.concat([Buffer.of(22, 1, 0, 0, 0), channel]))]));
    let heardBytes = 0;
    await listener.subscribe('c', (message) => {
      heardBytes += message.length;
    });
    const message = Buffer.alloc(256 * 1024);
    let sent = 0;
    while (fixture.faults.length === 0 && sent < 400) {
      await publisher.publish('c', message, { timeoutMs: 10_000 });
      sent++;
    }
    expect(fixture.faults).to.have.length(1);
    expect(fixture.faults[0]).to.match(/bytes behind with messages$/);
    expect(sent).to.be.within(64, 80);
    await until('the other has heard all', () => heardBytes === sent * message.length);
  });

  it('tells its modules that a caller has gone, each under an id of its own', async () => {
    const seen: string[] = [];
    await fixture.serve([
      () => ({
        name: 'guests',
        handle: (_operation, _argument, connectionId) => {
          seen.push(`came ${connectionId}`);
          return connectionId;
        },
        disconnected: (connectionId) => seen.push(`went ${connectionId}`),
      }),
    ]);
    const [first, second] = [fixture.state(), fixture.state()];
    const firstId = await first.callModule('guests', 'enter', null);
    const secondId = await second.callModule('guests', 'enter', null);
    expect(secondId).to.not.equal(firstId);
    await first.close();
    await until('it is told', () => seen.length === 3);
    expect(seen).to.deep.equal([`came ${firstId}`, `came ${secondId}`, `went ${firstId}`]);
  });

  it('calls its modules as time passes', async () => {
    let ticks = 0;
    await fixture.serve([
      () => ({
        name: 'clock',
        handle: () => null,
        tick: () => {
          ticks++;
        },
      }),
    ]);
    await until('two ticks', () => ticks >= 2);
  });

  it('fails what is under way when it is closed, and still delivers what was sent', async () => {
    await fixture.serve();
    const [state, other] = [fixture.state(), fixture.state()];
    await state.connect();
    const underWay = failure(state.set('a', 'x'));
    await state.close();
    expect(await underWay).to.include({ code: 'STATE_CLOSED', ambiguous: true });
    await until('it arrives', async () => (await other.get('a')) !== undefined);
    expect(await failure(state.get('a'))).to.include({ code: 'STATE_CLOSED', ambiguous: false });
    expect(state.status().connected).to.equal(false);
  });

  it('does not talk to a store of another version, and says why', async () => {
    const code = Buffer.from('STATE_UNAVAILABLE');
    const message = Buffer.from('the store speaks protocol 2');
    const text = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(bytes.length, 0, 0, 0), bytes]);
    const refusal = frame(0xffff_ffff, Buffer.concat([Buffer.of(1, 0), text(code), text(message)]));
    await fixture.serveSilence(() => {}, refusal);
    const error = await failure(fixture.state().get('a', { timeoutMs: 100 }));
    expect(error).to.include({ code: 'STATE_UNAVAILABLE', ambiguous: false });
    expect(error.message).to.include('the store speaks protocol 2');
  });
});
