import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { expect } from 'chai';
import { fixture, Runtime } from '../helpers/runtime.ts';

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly given: string; readonly allowed: string }[];
}

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

describe('the control API of a running instance, badly asked', function () {
  this.timeout(60_000);
  let runtime: Runtime;

  before(async () => {
    runtime = await Runtime.start(fixture('http.cjs'), {
      args: ['-i', '2', '--min', '1', '--max', '4'],
      env: { SCALE_DOWN_STABILIZATION_MS: '600000' },
    });
  });
  after(() => runtime.kill());

  /** Node's own client, as fetch sets Host and Origin by itself. */
  async function ask({ method = 'GET', path = '/health', headers = {}, body }: Ask): Promise<Problem> {
    const { hostname, port } = new URL(runtime.controlUrl);
    const sent = request({ host: hostname, port, method, path, headers, agent: false });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(response.headers['content-type']).to.match(/^application\/problem\+json/);
    const problem = (await json(response)) as Problem;
    expect(problem.status).to.equal(response.statusCode);
    expect(problem.detail).to.be.a('string').that.is.not.empty;
    return problem;
  }

  const manual = (body: string, contentType = 'application/json'): Promise<Problem> =>
    ask({ method: 'POST', path: '/scaling/manual', headers: { 'Content-Type': contentType }, body });

  /** After every test: the same two workers, and no decision but the scaler's own. */
  afterEach(async () => {
    const { desired, ready, workers } = await runtime.status();
    expect({ desired, ready, ids: workers.map(({ id }) => id) }).to.deep.equal({ desired: 2, ready: 2, ids: [1, 2] });
    const { body } = await runtime.api<{ pin: unknown }>('GET', '/scaling/status');
    expect(body.pin).to.equal(null);
  });

  for (const [given, allowed] of [
    ['-1', 'a whole number from 1 to 1000'],
    ['1e9', 'a whole number from 1 to 1000'],
    ['"8"', 'a whole number from 1 to 1000'],
    ['2.5', 'a whole number from 1 to 1000'],
    ['0', 'a whole number from 1 to 1000'],
    ['null', 'a whole number from 1 to 1000'],
    ['[3]', 'a whole number from 1 to 1000'],
    ['true', 'a whole number from 1 to 1000'],
  ] as const) {
    it(`instances: ${given} gets 400 and what is allowed`, async () => {
      const problem = await manual(`{"instances": ${given}}`);
      expect(problem).to.include({ status: 400, code: 'INVALID_REQUEST' });
      expect(problem.errors).to.have.lengthOf(1);
      expect(problem.errors?.[0]).to.include({ field: 'instances', allowed });
      expect(problem.detail).to.match(/^instances: .* given, allowed is a whole number/);
    });
  }

  it('a number outside of this instance’s limits gets 422 with the limits', async () => {
    const problem = await manual('{"instances": 5}');
    expect(problem).to.include({ status: 422, code: 'OUT_OF_RANGE' });
    expect(problem.detail).to.match(/must be a whole number from 1 to 4 \(MIN_INSTANCES to MAX_INSTANCES\)/);
  });

  it('every wrong and unknown field is named at once', async () => {
    const problem = await manual('{"instances": "3", "for": "2 moons", "reason": 7, "force": "yes", "instnces": 3}');
    expect(problem).to.include({ status: 400, code: 'INVALID_REQUEST' });
    const fields = problem.errors?.map(({ field }) => field);
    expect(fields).to.have.members(['instances', 'for', 'reason', 'force', 'instnces']);
  });

  it('what is no JSON object gets 400', async () => {
    expect(await manual('{"instances": 4')).to.include({ status: 400, code: 'BAD_JSON' });
    for (const body of ['3', '"3"', '[]', 'null']) {
      expect(await manual(body), body).to.include({ status: 400, code: 'INVALID_REQUEST' });
    }
    expect(await manual('')).to.include({ status: 400, code: 'INVALID_REQUEST' });
  });

  it('a body of another type, a compressed one and a huge one are refused', async () => {
    expect(await manual('instances=4', 'application/x-www-form-urlencoded')).to.include({ status: 415 });
    expect(await manual('{"instances": 4}', 'text/plain')).to.include({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
    const huge = `{"instances": 4, "reason": "${'x'.repeat(1_000_000)}"}`;
    expect(await manual(huge)).to.include({ status: 413, code: 'BODY_TOO_LARGE' });
    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };
    const zipped = await ask({ method: 'POST', path: '/scaling/manual', headers, body: '{"instances": 4}' });
    expect(zipped).to.include({ status: 415, code: 'UNSUPPORTED_ENCODING' });
  });

  it('a foreign Host gets 421, so that a rebound name drives nothing', async () => {
    for (const Host of ['evil.example', `evil.example:${new URL(runtime.controlUrl).port}`, '127.0.0.1:1']) {
      expect(await ask({ headers: { Host } }), Host).to.include({ status: 421, code: 'HOST_NOT_ALLOWED' });
    }
  });

  it('a foreign Origin gets 403, and so does what a browser marks as cross-site', async () => {
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' },
    ]) {
      const body = '{"instances": 4}';
      const all = { 'Content-Type': 'application/json', ...headers };
      const problem = await ask({ method: 'POST', path: '/scaling/manual', headers: all, body });
      expect(problem, JSON.stringify(headers)).to.include({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
    }
  });

  it('an unknown path gets 404 and says where the paths are, a wrong method 405 and which are right', async () => {
    const missing = await ask({ path: '/scaling/manul' });
    expect(missing).to.include({ status: 404, code: 'NOT_FOUND' });
    expect(missing.detail).to.contain('/openapi.json');
    const wrong = await ask({ path: '/scaling/manual' });
    expect(wrong).to.include({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    expect(wrong.detail).to.match(/allowed is OPTIONS, POST$/);
    expect(await ask({ method: 'PUT', path: '/health', body: '{}' })).to.include({ status: 405 });
  });

  it('paths and queries that are none get 400 or 404', async () => {
    for (const path of ['/scaling/decisions/%E0', '/scaling/decisions/x', '/logs?lines=0', '/logs?lines=1e9']) {
      expect(await ask({ path }), path).to.include({ status: 400 });
    }
    expect(await ask({ path: '/logs?lines=5&sauce=w1' })).to.include({ status: 400, code: 'INVALID_REQUEST' });
    expect(await ask({ path: '/scaling/decisions/999999999' })).to.include({ code: 'DECISION_NOT_FOUND', status: 404 });
    expect(await ask({ path: '/../../etc/passwd' })).to.include({ status: 404 });
  });

  it('a head of 100 KB gets 431', async () => {
    const headers = { 'X-Large': 'x'.repeat(100_000) };
    expect(await ask({ headers })).to.include({ status: 431, code: 'HEADERS_TOO_LARGE' });
  });
});
