import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { freePort } from '../helpers/free-port.ts';
import { askJson } from '../helpers/http-json.ts';
import { PlainNode } from '../helpers/plain-node.ts';
import { ROOT, Runtime, until } from '../helpers/runtime.ts';

const packages = path.join(ROOT, 'node_modules');

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

async function ask(port: number, url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const asking = get({ host: '127.0.0.1', port, path: url, headers: { Host: 'localhost', ...headers }, agent: false });
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const { date: _date, ...rest } = response.headers;
  return { status: response.statusCode, headers: rest, body: await buffer(response) };
}

describe('applications from npm that nobody here wrote', function () {
  this.timeout(60_000);
  let directory: string;
  let runtime: Runtime;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-app-'));
  });
  afterEach(async () => {
    await runtime?.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  it('json-server: reads, queries, writes and refuses as ever', async () => {
    const database = path.join(directory, 'db.json');
    writeFileSync(
      database,
      JSON.stringify({
        posts: Array.from({ length: 25 }, (_, index) => ({ id: index + 1, title: `post ${index + 1}` })),
      }),
    );
    const port = await freePort();
    const args = ['-i', '2', '--', database, '--port', String(port), '--host', '127.0.0.1'];
    runtime = await Runtime.start(path.join(packages, 'json-server/lib/cli/bin.js'), { args });
    expect((await runtime.status()).addresses).to.deep.equal([`127.0.0.1:${port}`]);

    const found = await Promise.all(Array.from({ length: 20 }, (_, id) => askJson({ port, path: `/posts/${id + 1}` })));
    expect(found.map(({ body }) => body)).to.deep.equal(
      found.map((_, index) => ({ id: index + 1, title: `post ${index + 1}` })),
    );
    const page = await askJson<object[]>({ port, path: '/posts?_page=3&_limit=10' });
    expect(page.body).to.have.lengthOf(5);
    expect(page.response.headers['x-total-count']).to.equal('25');
    // Each worker has the database in its own memory: who writes and reads back stays on one connection.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const written = await askJson<{ id: number }>({ port, path: '/posts', agent }, { title: 'a new one' });
    expect(written).to.deep.include({ status: 201, body: { title: 'a new one', id: 26 } });
    expect((await askJson({ port, path: '/posts/26', agent })).body).to.deep.equal({ id: 26, title: 'a new one' });
    agent.destroy();
    expect(await askJson({ port, path: '/nothing' })).to.deep.include({ status: 404, body: {} });
  });

  it('peer: two peers of one client address meet (ip-hash), and a stop is its own', async () => {
    const args = ['-i', '2', '--lb-algorithm', 'ip-hash', '--', '--allow_discovery', '--host', '127.0.0.1'];
    const env = { WEBSOCKET_CLOSE_JITTER_MS: '0' };
    runtime = await Runtime.start(path.join(packages, 'peer/dist/bin/peerjs.js'), { args, env });
    const { port } = runtime;
    expect((await askJson({ port })).body).to.include({ name: 'PeerJS Server' });
    const peers = await Promise.all(
      ['alice', 'bob'].map(async (id) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/peerjs?key=peerjs&id=${id}&token=secret`);
        const [opened] = (await once(socket, 'message')) as [Buffer];
        expect(JSON.parse(opened.toString())).to.deep.equal({ type: 'OPEN' });
        return socket;
      }),
    );
    expect((await askJson({ port, path: '/peerjs/peers' })).body).to.have.members(['alice', 'bob']);
    const [alice, bob] = peers as [WebSocket, WebSocket];
    const heard = once(bob, 'message');
    alice.send(JSON.stringify({ type: 'OFFER', dst: 'bob', payload: { sdp: 'an offer' } }));
    const [offer] = (await heard) as [Buffer];
    expect(JSON.parse(offer.toString())).to.deep.equal({
      type: 'OFFER',
      src: 'alice',
      dst: 'bob',
      payload: { sdp: 'an offer' },
    });
    const closings = peers.map((socket) => once(socket, 'close'));
    expect(await runtime.stop()).to.deep.equal({ code: 0, signal: null });
    await Promise.all(closings);
    expect(runtime.output).to.match(/Http server closed\./);
  });

  it('http-server: files, ranges, listings and refusals are the same as on plain Node', async () => {
    mkdirSync(path.join(directory, 'some folder'));
    writeFileSync(path.join(directory, 'large.bin'), Buffer.alloc(5_000_000, 'some bytes '));
    writeFileSync(path.join(directory, 'some folder', 'page.html'), '<p>a page</p>');
    const script = path.join(packages, 'http-server/bin/http-server');
    const requests: (readonly [string, Record<string, string>?])[] = [
      ['/large.bin'],
      ['/large.bin', { Range: 'bytes=4999990-' }],
      ['/some%20folder/'],
      ['/some%20folder/page.html', { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' }],
      ['/nothing'],
      ['/..%2f..%2fetc/passwd'],
    ];
    const answersOn = (port: number): Promise<Answer[]> => {
      return Promise.all(requests.map(([url, headers]) => ask(port, url, headers)));
    };
    const port = await freePort();
    const args = [directory, '-a', '127.0.0.1', '-s'];
    const plain = new PlainNode(script, { args, env: { PORT: String(port) } });
    try {
      runtime = await Runtime.start(script, { args: ['-i', '2', '--', ...args] });
      await until('plain Node answers', () =>
        ask(port, '/').then(
          ({ status }) => status === 200,
          () => false,
        ),
      );
      const expected = await answersOn(port);
      expect(expected.map(({ status }) => status)).to.deep.equal([200, 206, 200, 304, 404, 404]);
      expect(await answersOn(runtime.port)).to.deep.equal(expected);
    } finally {
      await plain.kill();
    }
  });
});
