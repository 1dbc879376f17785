import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { ManagementFixture, NOW_MS } from '../helpers/management-fixture.ts';
import { testWorker } from '../helpers/management-services.ts';

describe('the dashboard, served', () => {
  let api: ManagementFixture;
  let asked: ClientRequest[];

  beforeEach(async () => {
    api = await ManagementFixture.start();
    asked = [];
  });
  afterEach(async () => {
    for (const one of asked) one.destroy();
    await api.close();
  });

  async function open(path: string, headers = {}): Promise<IncomingMessage> {
    const outgoing = request({ host: '127.0.0.1', port: api.port, path, headers, agent: false });
    asked.push(outgoing);
    outgoing.on('error', () => {});
    outgoing.end();
    const [incoming] = await once(outgoing, 'response');
    incoming.on('error', () => {});
    return incoming;
  }

  /** The next events of a stream, each as its name and data. */
  async function* eventsOf(stream: IncomingMessage) {
    let text = '';
    stream.setEncoding('utf8');
    for await (const chunk of stream) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const match = /^event: (.*)\ndata: (.*)$/.exec(block);
        if (match !== null) yield [match[1], JSON.parse(match[2] as string)] as const;
      }
    }
  }

  it('is compressed for who takes that, and sent once only to who keeps it', async () => {
    const page = await open('/', { 'Accept-Encoding': 'br, gzip' });
    expect(page.headers).to.include({
      'content-encoding': 'gzip',
      'cache-control': 'no-cache',
      vary: 'Accept-Encoding',
    });
    const parts: Buffer[] = [];
    for await (const part of page) parts.push(part);
    expect(gunzipSync(Buffer.concat(parts)).toString()).to.equal((await api.get('/')).text);
    const again = await open('/', { 'If-None-Match': page.headers.etag });
    expect([again.statusCode, again.headers['content-length']]).to.deep.equal([304, undefined]);
  });

  it('has its own files and no others', async () => {
    const script = await api.get('/dashboard/main.js');
    expect([script.status, script.headers['content-type']]).to.deep.equal([200, 'text/javascript; charset=utf-8']);
    expect(script.text)
      .to.match(/^import /)
      .and.not.include('sourceMappingURL');
    for (const [path, status] of [
      ['/dashboard/none.js', 404],
      ['/dashboard/main.js.map', 404],
      ['/dashboard/..%2fassets.js', 400],
      ['/dashboard/%2e%2e', 400],
    ] as const) {
      expect((await api.get(path)).status, path).to.equal(status);
    }
  });

  it('is streamed as the whole once, and then as what is different, while others get samples', async () => {
    const changes = eventsOf(await open('/events?view=changes'));
    const samples = eventsOf(await open('/events'));
    const [first, whole] = (await changes.next()).value ?? [];
    expect([first, whole.cluster.ready, whole.workers.length]).to.deep.equal(['state', 2, 2]);
    const cluster = { ...api.services.state, ready: 1, workers: [{ ...testWorker(0), phase: 'draining' as const }] };
    api.services.emit('sample', { atMs: NOW_MS + 1, cluster });
    expect((await changes.next()).value).to.deep.equal([
      'change',
      {
        atMs: NOW_MS + 1,
        cluster: { ready: 1, cpu: 0.2, rssBytes: 50_000_000, connections: 8, websockets: 2, inFlight: 1 },
        workers: [{ id: 1, phase: 'draining' }],
        gone: [2],
        receipts: [],
      },
    ]);
    expect((await samples.next()).value).to.deep.equal(['sample', { atMs: NOW_MS + 1, cluster }]);
  });
});
