import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { MAX_CLIENTS } from '../../src/scaling/management/event-hub.ts';
import { ScalingServer } from '../../src/scaling/scaling-server.ts';
import { send } from '../helpers/management-client.ts';
import { MemoryServices } from '../helpers/management-services.ts';

/** Reads a stream until it holds what is looked for; returns all there was. */
async function readUntil(stream: IncomingMessage, wanted: string): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.includes(wanted)) break;
  }
  return text;
}

describe('GET /events', () => {
  let services: MemoryServices;
  let server: ScalingServer;
  let port: number;
  let clients: { destroy(): unknown }[];

  async function start(heartbeatMs: number): Promise<void> {
    services = new MemoryServices();
    server = new ScalingServer(services, { heartbeatMs });
    ({ port } = await server.listenTcp('127.0.0.1', 0));
    clients = [];
  }
  async function open(): Promise<IncomingMessage> {
    const outgoing = request({ host: '127.0.0.1', port, path: '/events', agent: false });
    clients.push(outgoing);
    outgoing.on('error', () => {});
    outgoing.end();
    const [incoming] = await once(outgoing, 'response');
    incoming.on('error', () => {});
    return incoming;
  }
  /** A client that asks and then reads nothing. */
  async function openDeaf(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    clients.push(socket);
    socket.on('error', () => {});
    socket.pause();
    socket.write(`GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    const before = server.eventClientCount;
    while (server.eventClientCount === before) await turn();
    return socket;
  }
  afterEach(async () => {
    for (const client of clients) client.destroy();
    await server.close(1_000);
  });

  it('streams what the runtime reports, to everybody', async () => {
    await start(60_000);
    const streams = [await open(), await open()];
    expect(streams[0]?.headers).to.include({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    services.emit('decision', { id: 7, sentence: 'cpu-high holds:\nadding 2' });
    for (const stream of streams) {
      expect(await readUntil(stream, 'decision')).to.equal(
        'retry: 3000\n\nevent: decision\ndata: {"id":7,"sentence":"cpu-high holds:\\nadding 2"}\n\n',
      );
    }
  });

  it('subscribes once for all clients, and not at all for none', async () => {
    await start(60_000);
    expect(services.subscriberCount).to.equal(0);
    const [first, second] = [await open(), await open()];
    expect([services.subscriberCount, server.eventClientCount]).to.deep.equal([1, 2]);
    first.destroy();
    second.destroy();
    while (server.eventClientCount > 0) await turn();
    expect(services.subscriberCount).to.equal(0);
    await open();
    expect(services.subscriberCount).to.equal(1);
  });

  it('keeps an idle stream alive with comments', async () => {
    await start(5);
    expect(await readUntil(await open(), ': alive\n\n: alive\n\n')).to.equal('retry: 3000\n\n: alive\n\n: alive\n\n');
  });

  it('disconnects a client that does not read, and nobody else', async () => {
    await start(60_000);
    const deaf = await openDeaf();
    const reader = await open();
    let received = 0;
    reader.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    const load = 'x'.repeat(100_000);
    let sent = 0;
    // The kernel holds some megabytes for the deaf one before anything is left with us.
    while (server.eventClientCount === 2 && sent < 500) {
      services.emit('sample', { load });
      sent += 1;
      while (received < sent * load.length) await turn();
    }
    expect(server.eventClientCount).to.equal(1);
    expect(sent).to.be.lessThan(500);
    const closed = new Promise((resolve) => deaf.once('close', resolve));
    deaf.resume();
    await closed;
    services.emit('alert', { message: 'still here' });
    expect(await readUntil(reader, 'still here')).to.include('event: alert');
  });

  it('takes no more streams than its limit', async () => {
    await start(60_000);
    await Promise.all(Array.from({ length: MAX_CLIENTS }, open));
    const { status, json } = await send({ port }, '/events');
    expect([status, json.code]).to.deep.equal([503, 'TOO_MANY_STREAMS']);
  });

  it('ends the streams in order when the server closes', async () => {
    await start(60_000);
    const stream = await open();
    const ended = once(stream.resume(), 'end');
    await server.close(10_000);
    await ended;
    expect(services.subscriberCount).to.equal(0);
  });
});
