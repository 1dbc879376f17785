import type { ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { LoadBalancer } from '../../src/scaling/gateway/index.ts';
import { http2Session } from '../helpers/http2-client.ts';
import { FRAME, FrameClient } from '../helpers/http2-frames.ts';
import { ROOT, until } from '../helpers/runtime.ts';
import { SeededRandom } from '../helpers/seeded-random.ts';
import { RawUpstream, startGateway } from '../integration/gateway/raw-upstream.ts';

const CERTIFICATES = path.join(ROOT, 'test/apps/tls');
const tls = { certFile: path.join(CERTIFICATES, 'cert.pem'), keyFile: path.join(CERTIFICATES, 'key.pem') };
const STORM_MS = Number(process.env.STORM_MS ?? 20_000);
const CLIENTS = 24;

describe('a gateway whose HTTP/2 clients and upstreams do whatever they like', function () {
  this.timeout(STORM_MS + 60_000);
  const random = new SeededRandom(Number(process.env.STORM_SEED ?? 7540));
  let upstreams: RawUpstream[];
  let balancer: LoadBalancer;
  let port: number;
  let right = 0;
  const wrong: string[] = [];

  before(async () => {
    upstreams = await Promise.all([0, 1].map(() => RawUpstream.start()));
    for (const upstream of upstreams) {
      upstream.answer = ({ head, socket }) => answer(head, socket);
      upstream.onHead = (head) =>
        /early/.test(head) ? 'HTTP/1.1 403 Early\r\nContent-Length: 5\r\n\r\nearly' : undefined;
    }
    const timeouts = { clientMs: 300, serverMs: 300 };
    ({ balancer, port } = await startGateway({ tls, timeouts, breaker: { failureThreshold: 1e9 } }, ...upstreams));
  });
  after(async () => {
    await balancer.close({ drainMs: 0 });
    await Promise.all(upstreams.map((upstream) => upstream.stop()));
  });

  /** As the path asks for; what ends well says the path again. */
  function answer(head: string, socket: Socket): string | undefined {
    const target = head.split(' ')[1] as string;
    const chunked = `Transfer-Encoding: chunked\r\n\r\n${target.length.toString(16)}\r\n${target}\r\n`;
    switch (target.split('/')[1]) {
      case 'length':
        return `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`;
      case 'chunked':
        return `HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\n${chunked}0\r\nx-end: 1\r\n\r\n`;
      case 'split':
        socket.write(`HTTP/1.1 200 OK\r\n${chunked}`);
        setTimeout(() => socket.write('0\r\n\r\n'), random.integer(0, 5));
        return undefined;
      case 'big':
        return `HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n${'b'.repeat(500_000)}`;
      case 'cut':
        socket.end(`HTTP/1.1 200 OK\r\n${chunked}`);
        return undefined;
      case 'garbage':
        return 'HTTP/9 what\r\n\r\n';
      case 'reset':
        socket.destroy();
        return undefined;
      default:
        return undefined; // never
    }
  }

  async function act(session: ClientHttp2Session): Promise<void> {
    if (session.closed || session.destroyed) return;
    const kind = random.pick(['length', 'chunked', 'split', 'big', 'cut', 'garbage', 'reset', 'never', 'early']);
    const target = `/${kind}/${random.integer(0, 1e6)}`;
    const method = random.pick(['GET', 'POST', 'PUT', 'HEAD']);
    const hasBody = method.startsWith('P') && random.next() < 0.8;
    const stream = session.request(
      { ':path': target, ':method': method },
      { endStream: !hasBody, waitForTrailers: hasBody },
    );
    stream.on('error', () => {});
    stream.on('wantTrailers', () => stream.sendTrailers(random.next() < 0.5 ? {} : { 'x-t': '1' }));
    let [status, body] = [0, ''];
    stream.on('response', (fields) => {
      status = Number(fields[':status']);
    });
    stream.setEncoding('latin1').on('data', (text: string) => {
      body += text;
      if (random.next() < 0.05) {
        stream.pause();
        setTimeout(() => stream.resume(), random.integer(0, 20));
      }
    });
    if (hasBody) {
      for (let count = random.integer(0, 4); count > 0 && !stream.destroyed; count--)
        stream.write(Buffer.alloc(random.pick([0, 1, 100, 70_000])));
      if (random.next() < 0.9) stream.end();
    }
    let givenUp = false;
    const giveUp = (): void => {
      givenUp = true;
      stream.close(random.pick([0, 2, 8]));
    };
    if (random.next() < 0.2) setTimeout(giveUp, random.integer(0, 10));
    if (random.next() < 0.01) setTimeout(() => session.destroy(), random.integer(0, 10));
    await new Promise((resolve) => stream.on('close', resolve));
    if (givenUp || stream.rstCode !== 0 || status !== 200 || method === 'HEAD' || session.destroyed) return;
    if (body === target || (kind === 'big' && body.length === 500_000)) right += 1;
    else if (!stream.aborted && stream.readableEnded)
      wrong.push(`${method} ${target}: ${body.slice(0, 50)} (${body.length})`);
  }

  async function client(endMs: number): Promise<void> {
    while (performance.now() < endMs) {
      const session = http2Session(port);
      for (let count = 0; count < 50 && !session.closed && performance.now() < endMs; count++) {
        await Promise.race([
          Promise.all(Array.from({ length: random.integer(1, 8) }, () => act(session))),
          delay(2_000),
        ]);
      }
      session.destroy();
    }
  }

  async function noise(endMs: number): Promise<void> {
    while (performance.now() < endMs) {
      const raw = await FrameClient.open(port).catch(() => undefined);
      if (raw === undefined) continue;
      for (let count = 0; count < 30 && !raw.closed; count++) {
        const payload = Buffer.from(Array.from({ length: random.integer(0, 40) }, () => random.integer(0, 255)));
        raw.send(random.integer(0, 10), random.integer(0, 255), random.pick([0, 1, 2, 3, 5]), payload);
        if (random.next() < 0.3)
          raw.request(random.pick([1, 3, 5, 7]), [
            ':method',
            'GET',
            ':scheme',
            'https',
            ':authority',
            'a',
            ':path',
            '/length/n',
          ]);
        if (random.next() < 0.2) await delay(1);
      }
      raw.send(FRAME.goaway, 0, 0, Buffer.alloc(8));
      raw.socket.destroy();
    }
  }

  it('gives nobody a wrong answer, and forgets them all when they have left', async () => {
    const endMs = performance.now() + STORM_MS;
    await Promise.all([
      ...Array.from({ length: CLIENTS }, () => client(endMs)),
      ...Array.from({ length: 3 }, () => noise(endMs)),
    ]);
    process.stdout.write(`      ${JSON.stringify(balancer.status().totals)}, ${right} right\n`);
    expect(wrong).to.deep.equal([]);
    expect(right).to.be.above(STORM_MS / 1_000);
    await until('nobody is left', () => balancer.status().connections === 0, 20_000);
    await until('nothing is claimed', () => balancer.status().upstreams.every(({ active }) => active === 0), 20_000);
  });
});
