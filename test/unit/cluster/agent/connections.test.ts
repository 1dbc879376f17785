import { expect } from 'chai';
import type { Connection } from '../../../../src/cluster/agent/connection-state.ts';
import { until } from '../../../helpers/runtime.ts';
import { HttpBench, KEY } from '../fixtures/http-bench.ts';

describe('Connections', () => {
  let bench: HttpBench;
  beforeEach(async () => {
    bench = await HttpBench.open();
  });
  afterEach(() => bench.close());

  it('know each connection from its start to its end', async () => {
    const { client, connection } = await bench.connect();
    const { accepted, closed, plainHttp } = bench.connections;
    expect({ accepted, closed, plainHttp }).to.deep.equal({ accepted: 1, closed: 0, plainHttp: 1 });
    expect([connection.listenerKey, connection.kind, connection.fate]).to.deep.equal([KEY, 'http', 'open']);
    expect(bench.connections.of(connection.socket)).to.equal(connection);
    client.close();
    await until('it is gone', () => bench.connections.all.size === 0);
    expect([bench.connections.closed, bench.connections.plainHttp]).to.deep.equal([1, 0]);
  });

  it('count requests on their connection, and how long it has been idle', async () => {
    const pair = await bench.connectBusy();
    expect([pair.connection.requestsStarted, pair.connection.requestsFinished]).to.deep.equal([1, 0]);
    expect(pair.connection.idleSinceMs).to.equal(null);
    bench.answer();
    await until('the response is finished', () => pair.connection.requestsFinished === 1);
    expect(pair.connection.idleSinceMs).to.be.within(0, performance.now());
  });

  it('count as aborted what a client leaves unanswered, also when the app answers later', async () => {
    const pair = await bench.connectBusy();
    bench.send(pair, '/wait');
    await until('both are under way', () => bench.waiting.length === 2);
    pair.client.close();
    await until('it is gone', () => bench.connections.all.size === 0);
    bench.answer();
    bench.answer();
    await new Promise(setImmediate);
    const { started, completed, aborted, inFlight } = bench.requests;
    expect({ started, completed, aborted, inFlight }).to.deep.equal({
      started: 2,
      completed: 0,
      aborted: 2,
      inFlight: 0,
    });
  });

  it('tell a watcher of requests, responses and ends', async () => {
    const seen: string[] = [];
    const note =
      (what: string) =>
      ({ requestsStarted, requestsFinished }: Connection): void => {
        seen.push(`${what} ${requestsStarted}/${requestsFinished}`);
      };
    bench.connections.watcher = {
      onRequestStart: note('request'),
      onResponseDone: note('response'),
      onClosed: note('closed'),
    };
    const pair = await bench.connectIdle();
    pair.client.close();
    await until('it is gone', () => bench.connections.all.size === 0);
    expect(seen).to.deep.equal(['request 1/0', 'response 1/1', 'closed 1/1']);
  });

  it('tell upgrades apart, as long as the app answers them', async () => {
    const upgrade = async (protocol: string): Promise<Connection> => {
      const { client, connection } = await bench.connect();
      client.request('GET /up HTTP/1.1', 'Host: test', 'Connection: upgrade', `Upgrade: ${protocol}`);
      await client.until(/ 101 |answer to \/up$/);
      return connection;
    };
    const answer = (_request: unknown, socket: NodeJS.WritableStream): void => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    };
    expect((await upgrade('websocket')).upgraded).to.equal(false);
    bench.server.on('upgrade', answer);
    expect(await upgrade('WebSocket')).to.include({ upgraded: true, websocket: true });
    expect(await upgrade('chat')).to.include({ upgraded: true, websocket: false });
    bench.server.off('upgrade', answer);
    expect((await upgrade('websocket')).upgraded).to.equal(false);
    const { websockets, plainHttp } = bench.connections;
    expect({ websockets, plainHttp }).to.deep.equal({ websockets: 1, plainHttp: 2 });
  });
});
