import type { ClientHttp2Session } from 'node:http2';
import path from 'node:path';
import { expect } from 'chai';
import { askHttp2, http2Session } from '../helpers/http2-client.ts';
import { ROOT, type Runtime, until } from '../helpers/runtime.ts';
import { startQuiet } from '../helpers/zero-loss.ts';

const [GATEWAY_TLS_CERT_FILE, GATEWAY_TLS_KEY_FILE] = ['cert.pem', 'key.pem'].map((name) =>
  path.join(ROOT, 'test/apps/tls', name),
) as [string, string];
const HTTP_MODE = { LB_MODE: 'http', GATEWAY_TLS_CERT_FILE, GATEWAY_TLS_KEY_FILE };
const STREAMS = 8;

/** Asks on `STREAMS` streams of one connection at a time, until it is stopped. */
class Http2Load {
  answers = 0;
  readonly lost: string[] = [];
  readonly pids = new Set<number>();
  #stopped = false;
  readonly #streams: Promise<void>[];

  constructor(session: ClientHttp2Session) {
    this.#streams = Array.from({ length: STREAMS }, (_, stream) => this.#ask(session, stream));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#streams);
  }

  async #ask(session: ClientHttp2Session, stream: number): Promise<void> {
    for (let count = 0; !this.#stopped; count++) {
      const text = `${stream}/${count}`;
      const posts = count % 3 === 0;
      const { fields, body, code } = await askHttp2(
        session,
        posts ? '/echo' : '/',
        posts ? { fields: { ':method': 'POST' }, body: text } : {},
      );
      this.answers += 1;
      if (code !== 0 || fields[':status'] !== 200) this.lost.push(`${fields[':status']}, code ${code}: ${body}`);
      else if (posts ? !body.includes(text) : !/\d+/.test(body)) this.lost.push(body);
      const pid = Number(/"pid":(\d+)/.exec(body)?.[1] ?? Number.NaN);
      if (!Number.isNaN(pid)) this.pids.add(pid);
    }
  }
}

describe('an app whose clients speak HTTP/2 to the gateway', function () {
  this.timeout(60_000);
  let runtime: Runtime;

  afterEach(() => runtime.stop());

  it('loses no request in a reload', async () => {
    runtime = await startQuiet('slow.cjs', { algorithm: 'least-connections', env: HTTP_MODE });
    const session = http2Session(runtime.port);
    const load = new Http2Load(session);
    try {
      await until('200 answers', () => load.answers >= 200, 20_000);
      const last = (await runtime.reload()).at(-1);
      expect(last?.outcome, last?.detail).to.equal('done');
      const before = load.answers;
      await until('200 more answers', () => load.answers >= before + 200, 20_000);
      expect(session.closed, 'the connection stays').to.equal(false);
    } finally {
      await load.stop();
      session.destroy();
    }
    expect(load.lost).to.deep.equal([]);
    expect(load.pids.size, 'of workers').to.be.at.least(3);
  });

  it('sees who its clients are', async () => {
    runtime = await startQuiet('client-view.cjs', { algorithm: 'least-connections', env: HTTP_MODE, workers: 1 });
    const session = http2Session(runtime.port);
    const { body } = await askHttp2(session, '/', { fields: { 'x-tidegate-client': '6.6.6.6 1 http 443 forged' } });
    session.destroy();
    const seen = JSON.parse(body);
    expect(seen).to.include({ encrypted: true, remoteAddress: '127.0.0.1', localPort: runtime.port });
    expect(seen.headers).to.include({ 'x-forwarded-proto': 'https', host: `127.0.0.1:${runtime.port}` });
    expect(body).not.to.include('6.6.6.6');
  });
});
