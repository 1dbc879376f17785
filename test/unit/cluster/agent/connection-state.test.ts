import { expect } from 'chai';
import { type Connection, isIdle, isMovable, keepAliveLeftMs } from '../../../../src/cluster/agent/connection-state.ts';
import { until } from '../../../helpers/runtime.ts';
import { HttpBench } from '../fixtures/http-bench.ts';

describe('a connection may move', () => {
  let bench: HttpBench;
  beforeEach(async () => {
    bench = await HttpBench.open();
  });
  afterEach(() => bench.close());

  it('when it never spoke', async () => {
    const { connection } = await bench.connect();
    expect(isMovable(connection)).to.equal(true);
  });

  it('between two requests', async () => {
    const pair = await bench.connectIdle();
    expect(isMovable(pair.connection)).to.equal(true);
    await bench.ask(pair, '/again');
    expect(isMovable(pair.connection)).to.equal(true);
  });

  it('not while a request is under way, and again when it is answered', async () => {
    const { client, connection } = await bench.connectBusy();
    expect(isMovable(connection)).to.equal(false);
    bench.answer();
    await client.until(/at last$/);
    await until('the response is finished', () => connection.requestsFinished === 1);
    expect(isMovable(connection)).to.equal(true);
  });

  it('not while the head of a request is half read, be it the first or a later one', async () => {
    for (const { client, connection } of [await bench.connect(), await bench.connectIdle()]) {
      const before = connection.socket.bytesRead;
      client.socket.write('GET / HTTP/1.1\r\nHo');
      await until('half a head is read', () => connection.socket.bytesRead > before);
      expect(isMovable(connection)).to.equal(false);
    }
  });

  it('not while a pipelined request waits behind another', async () => {
    const pair = await bench.connectBusy();
    bench.send(pair, '/wait');
    await until('both are under way', () => bench.waiting.length === 2);
    bench.answer('first');
    await pair.client.until(/first/);
    expect(isMovable(pair.connection)).to.equal(false);
    bench.answer('second');
    await pair.client.until(/second/);
    await until('both are finished', () => pair.connection.requestsFinished === 2);
    expect(isMovable(pair.connection)).to.equal(true);
  });

  it('not while a response is not written out, as its reader is slow', async () => {
    const { client, connection } = await bench.connectBusy();
    client.socket.pause();
    bench.answer('x'.repeat(20_000_000));
    await until('the response is begun', () => connection.socket.writableLength > 0);
    expect(isMovable(connection)).to.equal(false);
    client.socket.resume();
    await until('the response is finished', () => connection.requestsFinished === 1);
    await until('it is written out', () => isMovable(connection));
  });

  it('not after an upgrade', async () => {
    bench.server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    const { client, connection } = await bench.connect();
    client.request('GET / HTTP/1.1', 'Host: test', 'Connection: upgrade', 'Upgrade: chat');
    await client.until(/101/);
    expect({ upgraded: connection.upgraded, movable: isMovable(connection) }).to.deep.equal({
      upgraded: true,
      movable: false,
    });
  });

  it('not while it moves already, nor after it was cut', async () => {
    const { connection } = await bench.connectIdle();
    for (const fate of ['moving', 'moved', 'cut'] as const) {
      connection.fate = fate;
      expect(isMovable(connection)).to.equal(false);
    }
  });

  it('not when it is closed, by either side', async () => {
    const here = await bench.connectIdle();
    here.connection.socket.destroy();
    expect(isMovable(here.connection)).to.equal(false);
    const there = await bench.connectIdle();
    there.client.socket.end();
    await until('the end has come', () => there.connection.socket.readableEnded);
    expect(isMovable(there.connection)).to.equal(false);
  });
});

describe('a connection of another kind than plain HTTP/1', () => {
  it('may be idle, but never moves', async () => {
    const bench = await HttpBench.open('https');
    const { connection } = await bench.connectIdle();
    expect([isIdle(connection), isMovable(connection)]).to.deep.equal([true, false]);
    await bench.close();
  });
});

describe('keep-alive time that is left', () => {
  function connection(keepAliveTimeout: number | undefined, idleSinceMs: number | null): Connection {
    return { socket: { server: { keepAliveTimeout } }, idleSinceMs } as unknown as Connection;
  }

  it('is the server’s limit less the silence so far', () => {
    expect(keepAliveLeftMs(connection(5_000, 1_000), 3_500)).to.equal(2_500);
  });

  it('is at least a millisecond: 0 would mean no limit', () => {
    expect(keepAliveLeftMs(connection(5_000, 1_000), 9_000)).to.equal(1);
  });

  it('is null without a limit, and for a connection that never spoke', () => {
    expect(keepAliveLeftMs(connection(0, 1_000), 2_000)).to.equal(null);
    expect(keepAliveLeftMs(connection(undefined, 1_000), 2_000)).to.equal(null);
    expect(keepAliveLeftMs(connection(5_000, null), 2_000)).to.equal(null);
  });
});
