import { expect } from 'chai';
import { APP_PAGE_CLIENT } from '../../../../src/app/views/app-page-client.ts';
import { evaluate } from './page-source.ts';

interface Answer {
  readonly body: unknown;
  readonly from: 'page' | 'server';
}
interface Client {
  setUser(id: string | null): void;
  get(path: string, options?: { maxAgeMs: number }): Promise<Answer>;
  send(method: string, path: string, body?: unknown, options?: { invalidates: string[] }): Promise<{ body: unknown }>;
  invalidate(paths: string[]): void;
  statistics(): { entries: number; hits: number; misses: number };
}
type ClientClass = new (options: { fetch: unknown; nowMs: () => number; capacity?: number }) => Client;

const ApiClient = evaluate<ClientClass>(APP_PAGE_CLIENT, 'ApiClient');
const MINUTE = { maxAgeMs: 60_000 };

describe('the client of the app’s API in the page', () => {
  let nowMs: number;
  let asked: string[];
  let answer: (path: string, options: RequestInit) => Response | Promise<Response>;
  let client: Client;

  const make = (capacity?: number): Client =>
    new ApiClient({
      fetch: async (path: string, options: RequestInit) => {
        asked.push(`${options.method} ${path}`);
        return answer(path, options);
      },
      nowMs: () => nowMs,
      ...(capacity !== undefined && { capacity }),
    });

  beforeEach(() => {
    nowMs = 0;
    asked = [];
    answer = (path) => Response.json({ path, number: asked.length });
    client = make();
    client.setUser('anna');
  });

  it('asks the server once, and answers from the page until the answer is too old', async () => {
    expect(await client.get('/a', MINUTE)).to.include({ from: 'server' });
    nowMs = 59_999;
    expect(await client.get('/a', MINUTE)).to.deep.include({ from: 'page', body: { path: '/a', number: 1 } });
    nowMs = 60_000;
    expect(await client.get('/a', MINUTE)).to.deep.include({ from: 'server', body: { path: '/a', number: 2 } });
    expect(client.statistics()).to.deep.equal({ entries: 1, hits: 1, misses: 2 });
  });

  it('keeps nothing that nobody allowed it to keep', async () => {
    await client.get('/a');
    await client.get('/a');
    expect(asked).to.have.lengthOf(2);
    expect(client.statistics().entries).to.equal(0);
  });

  it('asks once for those who ask at the same time', async () => {
    const answers = await Promise.all([client.get('/a', MINUTE), client.get('/a', MINUTE), client.get('/a', MINUTE)]);
    expect(asked).to.deep.equal(['GET /a']);
    expect(answers.map(({ from }) => from)).to.deep.equal(['server', 'page', 'page']);
  });

  it('keeps 500 answers, and lets those go that were not used for the longest time', async () => {
    for (let path = 0; path < 500; path += 1) await client.get(`/${path}`, MINUTE);
    await client.get('/0', MINUTE);
    await client.get('/500', MINUTE);
    expect(client.statistics().entries).to.equal(500);
    expect(await client.get('/0', MINUTE)).to.include({ from: 'page' });
    expect(await client.get('/1', MINUTE)).to.include({ from: 'server' });
  });

  it('never shows a user the answers of another, and forgets those of who leaves', async () => {
    await client.get('/a', MINUTE);
    client.setUser('ben');
    expect(await client.get('/a', MINUTE)).to.include({ from: 'server' });
    client.setUser('anna');
    expect(await client.get('/a', MINUTE)).to.include({ from: 'server' });
    expect(client.statistics().entries).to.equal(1);
  });

  it('keeps users apart whose names and paths would give the same text', async () => {
    client.setUser('a');
    await client.get('b /c', MINUTE);
    client.invalidate(['/c']);
    expect(client.statistics().entries).to.equal(1);
    client.setUser('a b');
    expect(await client.get('/c', MINUTE)).to.include({ from: 'server' });
  });

  it('forgets what a write makes wrong, at and below its paths, and nothing else', async () => {
    for (const path of ['/reports/usage', '/reports/usage?limit=5', '/reports/usage/1', '/reports/usages']) {
      await client.get(path, MINUTE);
    }
    await client.send('POST', '/reports/usage', { a: 1 }, { invalidates: ['/reports/usage'] });
    expect(await client.get('/reports/usages', MINUTE)).to.include({ from: 'page' });
    for (const path of ['/reports/usage', '/reports/usage?limit=5', '/reports/usage/1']) {
      expect(await client.get(path, MINUTE), path).to.include({ from: 'server' });
    }
  });

  it('forgets them after a failed write too, as it may have happened', async () => {
    await client.get('/a', MINUTE);
    answer = () => Promise.reject(new TypeError('connection reset'));
    const error = await client.send('POST', '/a', {}, { invalidates: ['/a'] }).catch((caught: unknown) => caught);
    expect(error).to.include({ status: 0, code: 'UNREACHABLE' });
    expect(client.statistics().entries).to.equal(0);
  });

  it('does not keep an answer that was on its way while something was written', async () => {
    let arrive = (_response: Response): void => {};
    answer = () =>
      new Promise<Response>((resolve) => {
        arrive = resolve;
      });
    const old = client.get('/a', MINUTE);
    const arriveOld = arrive;
    answer = () => new Response(null, { status: 204 });
    await client.send('POST', '/a', {}, { invalidates: ['/a'] });
    arriveOld(Response.json('old'));
    expect((await old).body).to.equal('old');
    answer = () => Response.json('new');
    expect(await client.get('/a', MINUTE)).to.deep.include({ body: 'new', from: 'server' });
  });

  it('keeps no errors, and says what the server said', async () => {
    answer = () =>
      new Response(JSON.stringify({ code: 'TOO_MANY_REQUESTS', detail: 'slow down' }), {
        status: 429,
        headers: { 'retry-after': '7' },
      });
    const error = await client.get('/a', MINUTE).catch((caught: unknown) => caught);
    expect(error).to.include({ status: 429, code: 'TOO_MANY_REQUESTS', message: 'slow down', retryAfterSeconds: 7 });
    answer = () => Response.json('fine');
    expect(await client.get('/a', MINUTE)).to.deep.include({ body: 'fine', from: 'server' });
  });

  it('tells an error that is not JSON, and an answer that broke off', async () => {
    answer = () => new Response('<h1>Bad gateway</h1>', { status: 502 });
    expect(await client.get('/a').catch((caught: unknown) => caught)).to.include({ status: 502, code: 'HTTP_502' });
    answer = () => new Response('{"half":');
    expect(await client.get('/a').catch((caught: unknown) => caught)).to.include({ code: 'BAD_ANSWER' });
  });

  it('sends JSON, and reads an empty answer as null', async () => {
    let sent: RequestInit = {};
    answer = (_path, options) => {
      sent = options;
      return new Response(null, { status: 204 });
    };
    expect((await client.send('POST', '/logout', { a: 1 })).body).to.equal(null);
    expect(sent).to.include({ method: 'POST', body: '{"a":1}', credentials: 'same-origin' });
    expect(sent.headers).to.include({ 'content-type': 'application/json' });
  });
});
