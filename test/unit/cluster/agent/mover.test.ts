import { expect } from 'chai';
import { HANDLE_COMMAND } from '../../../../src/ipc/protocol.ts';
import { until } from '../../../helpers/runtime.ts';
import { HttpBench, KEY } from '../fixtures/http-bench.ts';

describe('Mover', () => {
  let bench: HttpBench;
  beforeEach(async () => {
    bench = await HttpBench.open();
  });
  afterEach(() => bench.close());

  it('sends an idle connection up, for the worker that is named, with the time it has left', async () => {
    bench.server.keepAliveTimeout = 60_000;
    const { connection } = await bench.connectIdle();
    expect(bench.mover.move(connection, 7)).to.equal(true);
    const [{ message }] = bench.sendings as [(typeof bench.sendings)[number]];
    expect(message).to.deep.include({ cmd: HANDLE_COMMAND, type: 'move', key: KEY, to: 7 });
    expect((message as { moved: { keepAliveLeftMs: number } }).moved.keepAliveLeftMs).to.be.within(1, 60_000);
    expect(connection.fate).to.equal('moving');
  });

  it('tells of no time for a connection that never spoke', async () => {
    const { connection } = await bench.connect();
    bench.mover.move(connection, null);
    expect(bench.sendings[0]?.message).to.deep.equal({
      cmd: HANDLE_COMMAND,
      type: 'move',
      key: KEY,
      to: null,
      moved: { keepAliveLeftMs: null },
    });
  });

  it('leaves a busy connection alone', async () => {
    const { connection } = await bench.connectBusy();
    expect(bench.mover.move(connection, 7)).to.equal(false);
    expect([bench.sendings, connection.fate]).to.deep.equal([[], 'open']);
  });

  it('closes its own copy once the descriptor is on its way, and counts it', async () => {
    const { connection } = await bench.connectIdle();
    bench.mover.move(connection, 7);
    expect([connection.socket.destroyed, bench.connections.movedOut]).to.deep.equal([false, 0]);
    bench.sendings[0]?.done(null);
    expect([connection.socket.destroyed, connection.fate, bench.connections.movedOut]).to.deep.equal([
      true,
      'moved',
      1,
    ]);
    await until('it is forgotten', () => bench.connections.all.size === 0);
  });

  it('sends one descriptor at a time', async () => {
    const pairs = [await bench.connectIdle(), await bench.connectIdle(), await bench.connectIdle()];
    for (const { connection } of pairs) expect(bench.mover.move(connection, 7)).to.equal(true);
    expect(bench.sendings).to.have.length(1);
    bench.sendings[0]?.done(null);
    expect(bench.sendings).to.have.length(2);
    bench.sendings[1]?.done(null);
    bench.sendings[2]?.done(null);
    expect(bench.connections.movedOut).to.equal(3);
  });

  it('drops those that were closed while they waited for their turn', async () => {
    const pairs = [await bench.connectIdle(), await bench.connectIdle(), await bench.connectIdle()];
    for (const { connection } of pairs) bench.mover.move(connection, 7);
    pairs[1]?.connection.socket.destroy();
    bench.sendings[0]?.done(null);
    bench.sendings[1]?.done(null);
    expect(bench.sendings).to.have.length(2);
    expect(pairs.map(({ connection }) => connection.fate)).to.deep.equal(['moved', 'moving', 'moved']);
  });

  it('goes on serving a connection that could not be sent, with what came meanwhile', async () => {
    const pair = await bench.connectIdle();
    bench.mover.move(pair.connection, 7);
    const from = pair.client.received.length;
    bench.send(pair, '/meanwhile');
    bench.sendings[0]?.done(new Error('the IPC channel is closed'));
    await pair.client.until(/answer to \/meanwhile$/, from);
    expect([pair.connection.fate, bench.connections.movedOut]).to.deep.equal(['open', 0]);
  });

  it('reads nothing of a connection that moves: its next worker will', async () => {
    const [moving, other] = [await bench.connectIdle(), await bench.connectIdle()];
    const read = moving.connection.socket.bytesRead;
    bench.mover.move(moving.connection, 7);
    bench.send(moving, '/for-the-next-worker');
    await bench.ask(other, '/later'); // so this server has polled since
    expect(moving.connection.socket.bytesRead).to.equal(read);
    expect(moving.connection.requestsStarted).to.equal(1);
  });

  describe('that is held', () => {
    it('keeps what waits, lets go what is on its way, and says when that is sent', async () => {
      const pairs = [await bench.connectIdle(), await bench.connectIdle()];
      for (const { connection } of pairs) bench.mover.move(connection, 7);
      let over = false;
      bench.mover.hold(() => {
        over = true;
      });
      expect([over, pairs[1]?.connection.fate]).to.deep.equal([false, 'open']);
      bench.sendings[0]?.done(null);
      expect([over, pairs[0]?.connection.fate, bench.sendings.length]).to.deep.equal([true, 'moved', 1]);
    });

    it('says so at once when nothing is on its way, and moves nothing any more', async () => {
      const { connection } = await bench.connectIdle();
      let over = false;
      bench.mover.hold(() => {
        over = true;
      });
      expect([over, bench.mover.move(connection, 7), connection.fate]).to.deep.equal([true, false, 'open']);
    });
  });

  describe('welcoming a connection', () => {
    it('lets it live as long as it had left, and a second at least', async () => {
      const { connection } = await bench.connect();
      bench.mover.welcome(connection, { keepAliveLeftMs: 4_000 });
      expect(connection.socket.timeout).to.equal(4_000);
      const late = await bench.connect();
      bench.mover.welcome(late.connection, { keepAliveLeftMs: 3 });
      expect(late.connection.socket.timeout).to.equal(1_000);
      expect(bench.connections.movedIn).to.equal(2);
    });

    it('gives it the server’s own time again with its next request', async () => {
      bench.server.keepAliveTimeout = 60_000;
      const pair = await bench.connect();
      bench.mover.welcome(pair.connection, { keepAliveLeftMs: 4_000 });
      expect(pair.connection.borrowedTimeout).to.equal(true);
      await bench.ask(pair, '/');
      expect(pair.connection.borrowedTimeout).to.equal(false);
      expect(pair.connection.socket.timeout).to.be.at.least(60_000); // Node 24 adds a second
    });

    it('does nothing to one that never spoke or has no limit', async () => {
      const { connection } = await bench.connect();
      bench.mover.welcome(connection, { keepAliveLeftMs: null });
      expect(connection.borrowedTimeout).to.equal(false);
      expect(bench.connections.movedIn).to.equal(1);
    });
  });
});
