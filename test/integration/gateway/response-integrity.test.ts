import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import type { LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { RawConnection } from '../../helpers/raw-connection.ts';
import { startGateway } from './raw-upstream.ts';

const CLIENTS = 8;
const REQUESTS = 4;
/** Bytes that come through each upgraded connection. */
const TUNNELLED = 1_000_000;

/** Text of which no two parts are alike, so that bytes in the wrong place can't go unseen. */
function bodyOf(seed: string, bytes: number): string {
  const parts: string[] = [];
  for (let length = 0; length < bytes; ) {
    const part = `${seed} ${length}, `;
    parts.push(part);
    length += part.length;
  }
  return parts.join('').slice(0, bytes);
}

/** From what fits into one write to what fills every buffer on the way. */
const SIZES = [10, 3_000, 20_000, 100_000, 600_000, 2_000_000];

describe('Gateway: the bytes of responses', () => {
  let server: Server;
  let balancer: LoadBalancer;
  let port: number;

  beforeEach(async () => {
    server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => {});
      socket.setEncoding('latin1').on('data', (head: string) => {
        if (head.includes('Upgrade:')) {
          const seed = /^GET \/(\w+) /.exec(head)?.[1] ?? '';
          socket.write('HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
          const body = bodyOf(seed, TUNNELLED);
          for (let at = 0; at < body.length; at += 5_000) setImmediate(() => socket.write(body.slice(at, at + 5_000)));
          return;
        }
        const [, seed = '', size = '', form = ''] = /^GET \/(\w+)\/(\d+)\/(\w+) /.exec(head) ?? [];
        const body = bodyOf(seed, Number(size));
        if (form === 'length') {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
          return;
        }
        const half = body.length >> 1;
        const chunks = [body.slice(0, half), body.slice(half)].map(
          (part) => `${part.length.toString(16)}\r\n${part}\r\n`,
        );
        socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ balancer, port } = await startGateway({}, { port: (server.address() as AddressInfo).port }));
  });

  afterEach(async () => {
    await balancer.close({ drainMs: 0 });
    server.close();
  });

  /** Reads in fits and starts, so that some of each large answer waits in the gateway. */
  function readBySpells(client: RawConnection): void {
    client.socket.on('data', () => {
      client.socket.pause();
      setImmediate(() => client.socket.resume());
    });
  }

  for (const form of ['length', 'chunked']) {
    it(`come to each client as they were sent, whoever else shares the upstream's connections (${form})`, async () => {
      await Promise.all(
        Array.from({ length: CLIENTS }, async (_, index) => {
          const client = await RawConnection.open(port);
          readBySpells(client);
          for (let request = 0; request < REQUESTS; request++) {
            const size = SIZES[(index + request) % SIZES.length] as number;
            const seed = `c${index}r${request}`;
            client.received = '';
            client.request(`GET /${seed}/${size}/${form} HTTP/1.1`, 'Host: x');
            const end = form === 'length' ? size : size + chunkOverhead(size);
            await client.until(new RegExp(`\\r\\n\\r\\n[\\s\\S]{${Math.min(end, 60_000)}}`));
            while (client.received.length < client.received.indexOf('\r\n\r\n') + 4 + end) {
              if (client.ended) throw new Error('the connection has ended');
              await new Promise((resolve) => client.socket.once('data', resolve));
            }
            const payload = payloadOf(client.received, form);
            expect(digest(payload), `${seed}: ${size} bytes`).to.equal(digest(bodyOf(seed, size)));
          }
          client.close();
        }),
      );
    }).timeout(30_000);
  }

  it('of upgraded connections do not mix, though all are read to the same place', async () => {
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, index) => {
        const client = await RawConnection.open(port);
        readBySpells(client);
        client.request(`GET /t${index} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', 'Upgrade: x');
        const [head] = await client.until(/^HTTP\/1\.1 101 [\s\S]*?\r\n\r\n/);
        while (client.received.length < head.length + TUNNELLED) {
          if (client.ended) throw new Error('the connection has ended');
          await new Promise((resolve) => client.socket.once('data', resolve));
        }
        expect(digest(client.received.slice(head.length)), `tunnel ${index}`).to.equal(
          digest(bodyOf(`t${index}`, TUNNELLED)),
        );
        client.close();
      }),
    );
  }).timeout(30_000);
});

/** What two chunks and the last one add. */
function chunkOverhead(size: number): number {
  const half = size >> 1;
  return half.toString(16).length + (size - half).toString(16).length + 8 + 5;
}

function payloadOf(received: string, form: string): string {
  let at = received.indexOf('\r\n\r\n') + 4;
  if (form === 'length') return received.slice(at);
  let payload = '';
  for (;;) {
    const line = received.indexOf('\r\n', at);
    const size = Number.parseInt(received.slice(at, line), 16);
    if (size === 0) return payload;
    payload += received.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
