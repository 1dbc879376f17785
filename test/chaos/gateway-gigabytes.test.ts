import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { expect } from 'chai';
import { restEach, ServerProcess } from './gateway-server.ts';

const MEGABYTE = 1_048_576;
const GIGABYTE = 1024 * MEGABYTE;
const GROWTH_MB = 64;
const PIECE = Buffer.alloc(65_536, 0x61);

describe('a gigabyte through the gateway', function () {
  this.timeout(120_000);
  let upstream: ServerProcess;
  let gateway: ServerProcess;

  beforeEach(async () => {
    upstream = await ServerProcess.upstream();
    gateway = await ServerProcess.gateway({ upstreams: [{ port: upstream.port }] });
    // What it keeps of the buffers of any large body is there from now on.
    await read(open('GET', `/${8 * MEGABYTE}`), false);
  });

  afterEach(() => Promise.all([gateway.stop(), upstream.stop()]));

  function open(method: string, target: string, headers: NodeJS.Dict<string> = {}): ClientRequest {
    return request({ port: gateway.port, host: '127.0.0.1', method, path: target, headers, agent: false });
  }

  /** Bytes of the answer. */
  async function read(asked: ClientRequest, slowly: boolean): Promise<number> {
    asked.end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    let received = 0;
    response.on('data', (chunk: Buffer) => {
      const before = received;
      received += chunk.length;
      if (slowly) restEach(response, before, received);
    });
    await once(response, 'end');
    return received;
  }

  /** What the upstream says to have got. */
  async function write(asked: ClientRequest): Promise<number> {
    const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
    for (let sent = 0; sent < GIGABYTE; sent += PIECE.length) if (!asked.write(PIECE)) await once(asked, 'drain');
    asked.end();
    const [response] = await answered;
    let text = '';
    for await (const chunk of response.setEncoding('latin1')) text += chunk;
    return Number(text);
  }

  async function expectWithin(work: Promise<number>): Promise<void> {
    const { beforeMb, mostMb } = await gateway.memoryDuring(work);
    expect(await work).to.equal(GIGABYTE);
    expect(mostMb - beforeMb, `${beforeMb.toFixed(0)} → ${mostMb.toFixed(0)} MB`).to.be.at.most(GROWTH_MB);
  }

  it('comes to a slow client whole, in bounded memory', async () => {
    await expectWithin(read(open('GET', `/${GIGABYTE}`), true));
  });

  it('gets to a slow upstream whole, in bounded memory', async () => {
    await expectWithin(write(open('POST', '/slow', { 'content-length': String(GIGABYTE) })));
  });

  it('gets to a slow upstream in chunks as well', async () => {
    await expectWithin(write(open('POST', '/slow')));
  });

  it('runs both ways at full speed in bounded memory', async () => {
    await expectWithin(read(open('GET', `/${GIGABYTE}`), false));
    await expectWithin(write(open('POST', '/', { 'content-length': String(GIGABYTE) })));
  });
});
