import { expect } from 'chai';
import { Drain } from '../../../../src/cluster/agent/drain.ts';
import type { DrainCounts } from '../../../../src/ipc/protocol.ts';
import { until } from '../../../helpers/runtime.ts';
import { HttpBench, type Pair } from '../fixtures/http-bench.ts';

const NOTHING: DrainCounts = {
  openAtStart: 0,
  acceptedSince: 0,
  finished: 0,
  moved: 0,
  closedByClient: 0,
  cut: 0,
  requestsInFlightAtStart: 0,
  websocketsClosed: 0,
};

describe('Drain', () => {
  let bench: HttpBench;
  beforeEach(async () => {
    bench = await HttpBench.open();
  });
  afterEach(() => bench.close());

  /** Begins to drain; resolves with the receipt. */
  function drain(given: { readonly move?: boolean; readonly deadlineMs?: number } = {}): Promise<DrainCounts> {
    const options = {
      deadlineMs: given.deadlineMs ?? 60_000,
      websocketJitterMs: 0,
      move: given.move ?? false,
      random: () => 0,
    };
    return new Promise((resolve) => {
      new Drain(bench.connections, bench.requests, bench.mover, options, resolve);
    });
  }

  /** Lets every descriptor that is to be sent up go. */
  function letGo(): void {
    for (let index = 0; index < bench.sendings.length; index += 1) bench.sendings[index]?.done(null);
  }

  it('is done at once in a worker without connections', async () => {
    expect(await drain()).to.deep.equal(NOTHING);
  });

  describe('with other workers to move to', () => {
    it('moves idle connections at once, to whoever the primary picks', async () => {
      const pairs = [await bench.connectIdle(), await bench.connect()];
      const receipt = drain({ move: true });
      expect(pairs.map(({ connection }) => connection.fate)).to.deep.equal(['moving', 'moving']);
      letGo();
      expect(await receipt).to.deep.equal({ ...NOTHING, openAtStart: 2, moved: 2 });
      expect(bench.sendings.map(({ message }) => (message.type === 'move' ? message.to : 0))).to.deep.equal([
        null,
        null,
      ]);
    });

    it('moves a busy connection when its response ends, and announces no end to its client', async () => {
      const { client, connection } = await bench.connectBusy();
      const receipt = drain({ move: true });
      expect(connection.fate).to.equal('open');
      bench.answer();
      await until('it moves', () => bench.sendings.length === 1);
      letGo();
      expect(await receipt).to.deep.equal({ ...NOTHING, openAtStart: 1, requestsInFlightAtStart: 1, moved: 1 });
      expect(await client.untilEnd()).to.match(/Connection: keep-alive\r\n.*at last$/s);
    });

    it('serves and moves connections that were already on their way here', async () => {
      const first = await bench.connectBusy();
      const receipt = drain({ move: true });
      const late = await bench.connectBusy();
      await until('both are under way', () => bench.waiting.length === 2);
      bench.answer();
      bench.answer();
      await until('both are finished', () => bench.requests.completed === 2);
      await until('both move', () => [first, late].every(({ connection }) => connection.fate !== 'open'));
      letGo();
      await until('the last is on its way', () => bench.sendings.length === 2);
      letGo();
      expect(await receipt).to.deep.equal({
        ...NOTHING,
        openAtStart: 1,
        acceptedSince: 1,
        requestsInFlightAtStart: 1,
        moved: 2,
      });
    });

    it('moves a connection whose half-sent head is completed meanwhile', async () => {
      const pair = await bench.connect();
      pair.client.socket.write('GET /half HTTP/1.1\r\n');
      await until('half a head is read', () => pair.connection.socket.bytesRead > 0);
      const receipt = drain({ move: true });
      expect(pair.connection.fate).to.equal('open');
      pair.client.socket.write('Host: test\r\n\r\n');
      await pair.client.until(/answer to \/half$/);
      await until('it moves', () => bench.sendings.length === 1);
      letGo();
      expect(await receipt).to.deep.equal({ ...NOTHING, openAtStart: 1, moved: 1 });
    });
  });

  describe('with nowhere to move to', () => {
    it('announces the end in the response under way, and ends the connection after it', async () => {
      const { client } = await bench.connectBusy();
      const receipt = drain();
      bench.answer();
      expect(await client.untilEnd()).to.match(/Connection: close\r\n.*at last$/s);
      expect(await receipt).to.deep.equal({ ...NOTHING, openAtStart: 1, requestsInFlightAtStart: 1, finished: 1 });
    });

    it('answers a request that comes on an idle connection, and ends that then', async () => {
      const pair = await bench.connectIdle();
      const receipt = drain();
      const from = pair.client.received.length;
      bench.send(pair, '/late');
      expect((await pair.client.untilEnd()).slice(from)).to.match(/Connection: close\r\n.*answer to \/late$/s);
      expect(await receipt).to.deep.equal({ ...NOTHING, openAtStart: 1, finished: 1 });
    });

    it('answers all pipelined requests, and announces the end in the last', async () => {
      const pair = await bench.connectBusy();
      bench.send(pair, '/wait');
      await until('both are under way', () => bench.waiting.length === 2);
      const receipt = drain();
      bench.answer('first');
      await pair.client.until(/first/);
      bench.send(pair, '/third');
      await until('the third has come', () => pair.connection.requestsStarted === 3);
      bench.answer('second');
      const heard = await pair.client.untilEnd();
      expect(heard.match(/first|second|answer to \/third|Connection: [a-z-]+/g)).to.deep.equal([
        'Connection: keep-alive',
        'first',
        'Connection: keep-alive',
        'second',
        'Connection: close',
        'answer to /third',
      ]);
      expect(await receipt).to.include({ openAtStart: 1, finished: 1 });
    });

    it('closes connections that stay silent', async () => {
      const pairs = [await bench.connectIdle(), await bench.connect()];
      expect(await drain()).to.deep.equal({ ...NOTHING, openAtStart: 2, finished: 2 });
      for (const { client } of pairs) {
        await client.untilEnd();
        expect(client.error).to.equal(null);
      }
    });

    it('leaves a half-sent head its time', async () => {
      const pair = await bench.connect();
      pair.client.socket.write('GET /half HTTP/1.1\r\n');
      await until('half a head is read', () => pair.connection.socket.bytesRead > 0);
      const silent = await bench.connect();
      const receipt = drain();
      await silent.client.untilEnd(); // which took as long as silence is borne
      expect(pair.client.ended).to.equal(false);
      pair.client.socket.write('Host: test\r\n\r\n');
      expect(await pair.client.untilEnd()).to.match(/Connection: close\r\n.*answer to \/half$/s);
      expect(await receipt).to.deep.equal({ ...NOTHING, openAtStart: 2, finished: 2 });
    });
  });

  it('counts connections that their clients end', async () => {
    const [gone, rude, last] = [await bench.connectBusy(), await bench.connectBusy(), await bench.connectBusy()];
    const receipt = drain();
    gone.client.socket.end();
    rude.client.socket.resetAndDestroy();
    await until('both are gone', () => bench.connections.all.size === 1);
    last.client.close();
    expect(await receipt).to.deep.equal({
      ...NOTHING,
      openAtStart: 3,
      requestsInFlightAtStart: 3,
      closedByClient: 3,
    });
  });

  it('cuts what is open at the deadline', async () => {
    const pairs = [await bench.connectBusy(), await bench.connectBusy()];
    expect(await drain({ deadlineMs: 50, move: true })).to.deep.equal({
      ...NOTHING,
      openAtStart: 2,
      requestsInFlightAtStart: 2,
      cut: 2,
    });
    for (const { client } of pairs) expect(await client.untilEnd()).to.equal('');
  });

  it('adds up when connections end in every way', async () => {
    const pairs: Pair[] = [];
    for (let count = 0; count < 3; count += 1) pairs.push(await bench.connectBusy(), await bench.connectIdle());
    const receipt = drain({ deadlineMs: 300, move: true });
    pairs.push(await bench.connect());
    pairs[0]?.client.close();
    bench.waiting[1]?.end('answered');
    await until('the answer is out', () => bench.requests.completed >= 4);
    const pump = setInterval(letGo, 5);
    const { openAtStart, acceptedSince, finished, moved, closedByClient, cut } = await receipt;
    clearInterval(pump);
    expect({ openAtStart, acceptedSince }).to.deep.equal({ openAtStart: 6, acceptedSince: 1 });
    expect(finished + moved + closedByClient + cut).to.equal(7);
    expect({ closedByClient, cut }).to.deep.equal({ closedByClient: 1, cut: 1 });
  });
});
