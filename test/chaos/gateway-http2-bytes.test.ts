import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../helpers/runtime.ts';
import { restEach, ServerProcess } from './gateway-server.ts';

const CERTIFICATES = path.join(ROOT, 'test/apps/tls');
const tls = { certFile: path.join(CERTIFICATES, 'cert.pem'), keyFile: path.join(CERTIFICATES, 'key.pem') };
const MEGABYTE = 1_048_576;
const BYTES = 100 * MEGABYTE;
const STREAMS = 4;
const GROWTH_MB = 64;
const PIECE = Buffer.alloc(65_536, 0x61);

describe('a hundred megabytes by HTTP/2 through the gateway, on each of four streams', function () {
  this.timeout(120_000);
  let upstream: ServerProcess;
  let gateway: ServerProcess;
  let session: ClientHttp2Session;

  beforeEach(async () => {
    upstream = await ServerProcess.upstream();
    gateway = await ServerProcess.gateway({ upstreams: [{ port: upstream.port }], tls });
    session = connect(`https://127.0.0.1:${gateway.port}`, { rejectUnauthorized: false });
    // What it keeps of the buffers of any large body is there from now on.
    await read(`/${8 * MEGABYTE}`, false);
  });

  afterEach(async () => {
    session.destroy();
    await Promise.all([gateway.stop(), upstream.stop()]);
  });

  /** Bytes of the answer. */
  async function read(target: string, slowly: boolean): Promise<number> {
    const stream = session.request({ ':path': target });
    let received = 0;
    stream.on('data', (chunk: Buffer) => {
      const before = received;
      received += chunk.length;
      if (slowly) restEach(stream, before, received);
    });
    await once(stream, 'close');
    return received;
  }

  /** What the upstream says to have got. */
  async function write(target: string): Promise<number> {
    const stream: ClientHttp2Stream = session.request({ ':path': target, ':method': 'POST' });
    for (let sent = 0; sent < BYTES; sent += PIECE.length) if (!stream.write(PIECE)) await once(stream, 'drain');
    stream.end();
    let text = '';
    for await (const chunk of stream.setEncoding('latin1')) text += chunk;
    return Number(text);
  }

  async function expectWithin(one: () => Promise<number>): Promise<void> {
    const work = Promise.all(Array.from({ length: STREAMS }, one));
    const { beforeMb, mostMb } = await gateway.memoryDuring(work);
    expect(await work).to.deep.equal(Array(STREAMS).fill(BYTES));
    expect(mostMb - beforeMb, `${beforeMb.toFixed(0)} → ${mostMb.toFixed(0)} MB`).to.be.at.most(GROWTH_MB);
    process.stdout.write(`      ${beforeMb.toFixed(0)} → ${mostMb.toFixed(0)} MB\n`);
  }

  it('come to a slow client whole, in bounded memory', () => expectWithin(() => read(`/${BYTES}`, true)));

  it('come to a fast one, likewise', () => expectWithin(() => read(`/${BYTES}`, false)));

  it('go to a slow upstream whole, in bounded memory', () => expectWithin(() => write('/slow')));

  it('go to a fast one, likewise', () => expectWithin(() => write('/')));
});
