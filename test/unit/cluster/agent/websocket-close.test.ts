import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { WebSocket, WebSocketServer } from 'ws';
import { Connections } from '../../../../src/cluster/agent/connections.ts';
import { Drain } from '../../../../src/cluster/agent/drain.ts';
import type { HttpSocket } from '../../../../src/cluster/agent/internals.ts';
import { Mover } from '../../../../src/cluster/agent/mover.ts';
import { RequestCounters } from '../../../../src/cluster/agent/request-counters.ts';
import { closeWebSocket } from '../../../../src/cluster/agent/websocket-close.ts';
import type { DrainCounts } from '../../../../src/ipc/protocol.ts';
import { fixture, until } from '../../../helpers/runtime.ts';

/** An app with WebSockets, as the agent sees it. */
class WebSocketBench {
  readonly requests = new RequestCounters([]);
  readonly connections = new Connections(this.requests);
  readonly server: http.Server | https.Server;
  readonly sockets: WebSocketServer;
  readonly #kind: 'http' | 'https';
  readonly #clients: WebSocket[] = [];

  constructor(kind: 'http' | 'https') {
    this.#kind = kind;
    const tls = fixture('tls');
    this.server =
      kind === 'http'
        ? http.createServer()
        : https.createServer({
            key: readFileSync(path.join(tls, 'key.pem')),
            cert: readFileSync(path.join(tls, 'cert.pem')),
          });
    this.sockets = new WebSocketServer({ server: this.server });
    this.connections.observeServer(this.server);
    this.server.prependListener('connection', (socket) => this.connections.add(socket as HttpSocket, 'k', kind));
    this.server.listen(0, '127.0.0.1');
  }

  async connect(): Promise<WebSocket> {
    if (!this.server.listening) await once(this.server, 'listening');
    const scheme = this.#kind === 'http' ? 'ws' : 'wss';
    const { port } = this.server.address() as AddressInfo;
    const client = new WebSocket(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
    this.#clients.push(client);
    await once(client, 'open');
    return client;
  }

  drain(deadlineMs: number): Promise<DrainCounts> {
    const mover = new Mover(this.connections, () => {});
    const options = { deadlineMs, websocketJitterMs: 20, move: true, random: () => 0.5 };
    return new Promise((resolve) => {
      new Drain(this.connections, this.requests, mover, options, resolve);
    });
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.terminate();
    this.sockets.close();
    this.server.close();
    await until('all connections are closed', () => this.connections.all.size === 0);
  }
}

describe('closing WebSockets', () => {
  let bench: WebSocketBench;
  afterEach(() => bench.close());

  for (const kind of ['http', 'https'] as const) {
    it(`asks the clients of an ${kind} server to reconnect (1012) when the worker drains`, async () => {
      bench = new WebSocketBench(kind);
      const clients = [await bench.connect(), await bench.connect()];
      await until('the agent knows both', () => bench.connections.websockets === 2);
      const codes = clients.map(async (client) => (await once(client, 'close'))[0] as number);
      const receipt = await bench.drain(10_000);
      expect(await Promise.all(codes)).to.deep.equal([1012, 1012]);
      expect(receipt).to.include({ openAtStart: 2, moved: 0, cut: 0, websocketsClosed: 2 });
    });
  }

  it('tells the app’s own WebSocket the same code, by the client’s answer', async () => {
    bench = new WebSocketBench('http');
    const accepted = once(bench.sockets, 'connection') as Promise<[WebSocket]>;
    await bench.connect();
    const [own] = await accepted;
    const closed = once(own, 'close');
    for (const { socket } of bench.connections.all) expect(closeWebSocket(socket)).to.equal(true);
    expect((await closed)[0]).to.equal(1012);
  });

  it('asks those that connect while the worker drains, too', async () => {
    bench = new WebSocketBench('http');
    let begun = false;
    bench.server.on('request', (_request, response) => {
      begun = true;
      response.writeHead(200).flushHeaders();
    });
    const pending = http
      .get({ port: (await listeningPort()) as number, host: '127.0.0.1', agent: false })
      .on('error', () => {});
    await until('a request keeps the drain from its end', () => begun);
    const receipt = bench.drain(10_000);
    const client = await bench.connect();
    expect((await once(client, 'close'))[0]).to.equal(1012);
    pending.destroy();
    expect(await receipt).to.include({ openAtStart: 1, acceptedSince: 1, websocketsClosed: 1 });
  });

  async function listeningPort(): Promise<number> {
    if (!bench.server.listening) await once(bench.server, 'listening');
    return (bench.server.address() as AddressInfo).port;
  }

  it('writes nothing into a connection that can’t be written, or whose handshake has no answer yet', () => {
    bench = new WebSocketBench('http');
    const written: unknown[] = [];
    const socket = (writable: boolean, bytesWritten: number): HttpSocket =>
      ({ writable, bytesWritten, write: (data: unknown) => written.push(data) }) as unknown as HttpSocket;
    expect(closeWebSocket(socket(false, 100))).to.equal(false);
    expect(closeWebSocket(socket(true, 0))).to.equal(false);
    expect(written).to.deep.equal([]);
    expect(closeWebSocket(socket(true, 100))).to.equal(true);
    expect(written).to.deep.equal([Buffer.from([0x88, 2, 1012 >> 8, 1012 & 0xff])]);
  });
});
