import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import path from 'node:path';
import { expect } from 'chai';
import type { LoadBalancer } from '../../../src/scaling/gateway/index.ts';
import { ROOT, until } from '../../helpers/runtime.ts';
import { RawUpstream, startGateway } from './raw-upstream.ts';

const CERTIFICATES = path.join(ROOT, 'test/apps/tls');
const tls = { certFile: path.join(CERTIFICATES, 'cert.pem'), keyFile: path.join(CERTIFICATES, 'key.pem') };
const INTERNAL_ERROR = 2;
const MEGABYTE = 1_048_576;
const BYTES = 24 * MEGABYTE;
/** What the kernel's buffers on the way may hold, and ours; for several streams at once as well. */
const MOST_ON_THE_WAY = 8 * MEGABYTE;
const PIECE = 'abcdefghijklmnop'.repeat(4_096);

/** Resolves with the count when it has not moved for 150 ms. */
async function standsStill(count: () => number): Promise<number> {
  let before = -1;
  let atMs = performance.now();
  await until('nothing moves', () => {
    if (count() !== before) {
      before = count();
      atMs = performance.now();
    }
    return before > 0 && performance.now() - atMs > 150;
  });
  return before;
}

describe('Gateway: back-pressure of HTTP/2', () => {
  let upstream: RawUpstream;
  let balancer: LoadBalancer;
  let session: ClientHttp2Session;
  let poured: number;

  beforeEach(async () => {
    poured = 0;
    upstream = await RawUpstream.start();
    const started = await startGateway({ tls, timeouts: { clientMs: 400 } }, upstream);
    ({ balancer } = started);
    session = connect(`https://127.0.0.1:${started.port}`, { rejectUnauthorized: false });
    session.on('error', () => {});
  });
  afterEach(async () => {
    session.destroy();
    await balancer.close({ drainMs: 0 });
    await upstream.stop();
  });

  /** Answers with `BYTES`, as fast as they are taken. */
  function pour(framing: 'length' | 'chunked'): void {
    upstream.answer = ({ socket }) => {
      const chunked = framing === 'chunked';
      socket.write(`HTTP/1.1 200 OK\r\n${chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${BYTES}`}\r\n\r\n`);
      let sent = 0;
      const more = (): void => {
        while (sent < BYTES) {
          sent += PIECE.length;
          poured += PIECE.length;
          if (!socket.write(chunked ? `${PIECE.length.toString(16)}\r\n${PIECE}\r\n` : PIECE, 'latin1')) {
            socket.once('drain', more);
            return;
          }
        }
        if (chunked) socket.write('0\r\n\r\n');
      };
      more();
      return undefined;
    };
  }

  /** Counts what comes, and sees that it is what was sent. */
  async function readAll(stream: ClientHttp2Stream): Promise<{ bytes: number; intact: boolean }> {
    let [bytes, intact] = [0, true];
    stream.on('data', (chunk: Buffer) => {
      const from = bytes % 16;
      intact &&= PIECE.startsWith(chunk.toString('latin1', 0, 32), from);
      intact &&=
        chunk.length < 64 ||
        PIECE.endsWith(
          chunk.toString(
            'latin1',
            chunk.length - 16 - ((from + chunk.length) % 16),
            chunk.length - ((from + chunk.length) % 16),
          ),
        );
      bytes += chunk.length;
    });
    await once(stream, 'close');
    return { bytes, intact: intact && stream.rstCode === 0 };
  }

  for (const framing of ['length', 'chunked'] as const) {
    it(`clients that do not read stop the upstream, the others go on (${framing})`, async () => {
      pour(framing);
      const stopped = Array.from({ length: 3 }, () => session.request({ ':path': '/' }).pause());
      for (const stream of stopped) stream.on('error', () => {});
      expect(await standsStill(() => poured)).to.be.below(3 * MOST_ON_THE_WAY);
      const read = readAll(session.request({ ':path': '/' }));
      expect(await read).to.deep.equal({ bytes: BYTES, intact: true });
      // They are not waited for without end.
      await until('the streams are reset', () => stopped.every(({ rstCode }) => rstCode === INTERNAL_ERROR));
      await until('the upstream is left', () => upstream.sockets.size <= 1);
    });
  }

  it('an upstream that does not read stops the client, and other streams go on', async () => {
    upstream.onHead = (head, socket) => {
      if (head.startsWith('POST /stuck')) socket.pause();
      return undefined;
    };
    const stuck = session.request({ ':path': '/stuck', ':method': 'POST' });
    stuck.on('error', () => {});
    let sent = 0;
    const piece = Buffer.alloc(65_536);
    const more = (): void => {
      while (sent < BYTES && !stuck.destroyed) {
        sent += piece.length;
        if (!stuck.write(piece)) {
          stuck.once('drain', more);
          return;
        }
      }
    };
    more();
    expect(await standsStill(() => sent)).to.be.below(MOST_ON_THE_WAY);
    const other = session.request({ ':path': '/', ':method': 'POST' });
    other.end(Buffer.alloc(MEGABYTE));
    const [response] = await once(other, 'response');
    expect(response[':status']).to.equal(200);
    stuck.close();
  });

  it('a client that sends a body slower than allowed is told so', async () => {
    const slow = session.request({ ':path': '/', ':method': 'POST' });
    slow.write('a');
    const [response] = await once(slow, 'response');
    expect(response[':status']).to.equal(408);
    slow.resume();
    await once(slow, 'close');
  });
});
