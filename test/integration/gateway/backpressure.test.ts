import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import type { LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { until } from '../../helpers/runtime.ts';
import { startGateway } from './raw-upstream.ts';

const PIECE = Buffer.alloc(65_536, 0x61);
const MEGABYTE = 1_048_576;
/** Sent in all: far more than any buffer on the way. */
const BYTES = 256 * MEGABYTE;
/** What the kernel's buffers on the way may hold, and ours. */
const MOST_ON_THE_WAY = 24 * MEGABYTE;

/** Writes as much as the other side takes; counts it. */
function pour(socket: Socket, bytes: number, sent: { bytes: number }): void {
  const more = (): void => {
    while (sent.bytes < bytes) {
      sent.bytes += PIECE.length;
      if (!socket.write(PIECE)) {
        socket.once('drain', more);
        return;
      }
    }
  };
  more();
}

describe('Gateway: back-pressure', () => {
  let server: Server;
  let balancer: LoadBalancer;
  let port: number;
  let onConnection: (socket: Socket) => void;

  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on('error', () => {});
      onConnection(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ balancer, port } = await startGateway({}, { port: (server.address() as AddressInfo).port }));
  });

  afterEach(async () => {
    await balancer.close({ drainMs: 0 });
    server.close();
  });

  it('a client that does not read stops the upstream, and gets everything when it reads', async () => {
    const sent = { bytes: 0 };
    onConnection = (socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${BYTES}\r\n\r\n`);
        pour(socket, BYTES, sent);
      });
    };
    const client = connect({ port, host: '127.0.0.1' });
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const stuck = await standsStill(sent);
    expect(stuck).to.be.below(MOST_ON_THE_WAY);
    const rssBefore = process.memoryUsage().rss;
    let received = 0;
    client.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    await until('all of it has come', () => client.readableEnded || received >= BYTES, 60_000);
    expect(received).to.be.above(BYTES);
    expect(process.memoryUsage().rss - rssBefore).to.be.below(64 * MEGABYTE);
    client.destroy();
  }).timeout(60_000);

  it('an upstream that does not read stops the client, and gets everything when it reads', async () => {
    let upstream: Socket | undefined;
    onConnection = (socket) => {
      upstream = socket;
      socket.pause();
    };
    const client = connect({ port, host: '127.0.0.1' });
    client.on('error', () => {});
    const sent = { bytes: 0 };
    client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BYTES}\r\n\r\n`);
    pour(client, BYTES, sent);
    const stuck = await standsStill(sent);
    expect(stuck).to.be.below(MOST_ON_THE_WAY);
    const rssBefore = process.memoryUsage().rss;
    let received = 0;
    upstream?.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    upstream?.resume();
    await until('all of it has come', () => received >= BYTES, 60_000);
    expect(process.memoryUsage().rss - rssBefore).to.be.below(64 * MEGABYTE);
    client.destroy();
  }).timeout(60_000);
});

/** What was taken when nothing more is: the same figure over ten looks. */
async function standsStill(sent: { readonly bytes: number }): Promise<number> {
  let before = -1;
  let looks = 0;
  return until('the flow stands still', () => {
    looks = sent.bytes === before && sent.bytes > 0 ? looks + 1 : 0;
    before = sent.bytes;
    return looks === 10 ? before : undefined;
  });
}
