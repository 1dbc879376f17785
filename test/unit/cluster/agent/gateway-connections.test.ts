import { expect } from 'chai';
import { Drain } from '../../../../src/cluster/agent/drain.ts';
import type { DrainCounts } from '../../../../src/ipc/protocol.ts';
import { until } from '../../../helpers/runtime.ts';
import { HttpBench } from '../fixtures/http-bench.ts';

const SILENT_MS = 1_200;

describe('A gateway’s connection to a worker', () => {
  let bench: HttpBench;
  beforeEach(async () => {
    bench = await HttpBench.open('gateway');
  });
  afterEach(() => bench.close());

  function drain(deadlineMs = 60_000): Promise<DrainCounts> {
    const options = { deadlineMs, websocketJitterMs: 0, move: true, random: () => 0 };
    return new Promise((resolve) => {
      new Drain(bench.connections, bench.requests, bench.mover, options, resolve);
    });
  }

  it('has no time limit while it is idle, and the app’s own while a request is on it', async () => {
    bench.server.timeout = 12_345;
    bench.server.keepAliveTimeout = 50;
    const { connection, ...pair } = await bench.connectBusy();
    expect(connection.socket.timeout).to.equal(12_345);
    bench.answer();
    await until('the response is finished', () => connection.requestsFinished === 1);
    await bench.ask({ connection, ...pair }, '/');
    expect(connection.socket.timeout).to.equal(0);
    connection.socket.setTimeout(10);
    expect(connection.socket.timeout, 'whoever sets one').to.equal(0);
  });

  it('is not closed by a worker that leaves, however long it is silent', async () => {
    const { client } = await bench.connectIdle();
    const startedAtMs = performance.now();
    const receipt = drain();
    await until('it was silent for a while', () => performance.now() - startedAtMs > SILENT_MS);
    expect(client.ended).to.equal(false);
    client.close();
    expect(await receipt).to.include({ openAtStart: 1, finished: 1, closedByClient: 0, cut: 0 });
  });

  it('gets an answer that announces no end, also to a request that comes during the drain', async () => {
    const pair = await bench.connectBusy();
    const receipt = drain();
    bench.answer('the first');
    await pair.client.until(/the first$/);
    await bench.ask(pair, '/second');
    expect(pair.client.received).not.to.match(/^Connection: close/im);
    pair.client.close();
    expect(await receipt).to.include({ finished: 1, closedByClient: 0 });
  });

  it('that the gateway ends before the answer counts as closed by its client', async () => {
    const { client } = await bench.connectBusy();
    const receipt = drain();
    client.close();
    expect(await receipt).to.include({ finished: 0, closedByClient: 1 });
  });

  it('that was made just before the drain is waited for', async () => {
    const connecting = bench.connect();
    const receipt = drain();
    const { client } = await connecting;
    client.close();
    expect((await receipt).cut).to.equal(0);
  });

  it('is cut at the deadline', async () => {
    await bench.connectIdle();
    expect(await drain(50)).to.include({ openAtStart: 1, cut: 1 });
  });

  it('that was given away for an upgrade takes no other request, and ends with an answer that is none', async () => {
    const pair = await bench.connect();
    pair.connection.onlyUpgrade = true;
    pair.client.socket.write('GET /plain HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the request is under way', () => pair.connection.requestsStarted === 1);
    const all = await pair.client.untilEnd();
    expect(all)
      .to.match(/^Connection: close/im)
      .and.to.match(/answer to \/plain$/);
  });
});
