import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { StateError } from '../../../src/scaling/state/errors.ts';
import { type RateLimitOptions, rateLimit } from '../../../src/scaling/state/limits/index.ts';
import { ClockedCounts } from '../../unit/scaling/state/limits/clocked-counts.ts';

describe('the middleware of a rate limit', () => {
  const servers: Server[] = [];
  let state: ClockedCounts;

  beforeEach(() => {
    state = new ClockedCounts();
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }
  });

  /** An app behind the limits, and a function that asks it. */
  async function app(...limits: readonly Partial<RateLimitOptions>[]) {
    const served = express().set('trust proxy', 'loopback');
    for (const options of limits) {
      served.use(
        rateLimit(state, { name: 'api', kind: 'standard', points: 2, durationMs: 60_000, ...options }).middleware(),
      );
    }
    served.get('/', (_request, response) => void response.send('served'));
    served.use(((error, _request, response, _next) => {
      response.status(500).send(`failed: ${error.message}`);
    }) satisfies express.ErrorRequestHandler);
    const server = served.listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return (headers: Record<string, string> = {}) => fetch(`http://127.0.0.1:${port}/`, { headers });
  }

  const told = (response: Response, ...names: string[]) => names.map((name) => response.headers.get(name));

  it('tells limit, what is left and when on every answer, in the draft’s old form and in its present one', async () => {
    const ask = await app({});
    await ask();
    state.nowMs = 500;
    const response = await ask();
    expect(response.status).to.equal(200);
    expect(told(response, 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset')).to.deep.equal(['2', '0', '60']);
    expect(told(response, 'RateLimit', 'RateLimit-Policy')).to.deep.equal(['"api";r=0;t=60', '"api";q=2;w=60']);
    expect(response.headers.has('Retry-After')).to.equal(false);
  });

  it('answers 429 over the limit, with a problem and when to come back', async () => {
    const ask = await app({});
    await ask();
    await ask();
    state.nowMs = 30_001;
    const response = await ask();
    expect(response.status).to.equal(429);
    expect(told(response, 'Retry-After', 'Cache-Control')).to.deep.equal(['30', 'no-store']);
    expect(response.headers.get('Content-Type')).to.match(/^application\/problem\+json/);
    expect(await response.json()).to.deep.equal({
      type: 'urn:tidegate:problem:rate-limited',
      title: 'Too many requests',
      status: 429,
      code: 'RATE_LIMITED',
      detail: 'More than 2 in 60 s; try again in 30 s',
      limit: 'api',
      retryAfterMs: 29_999,
    });
  });

  it('counts clients by the address that the app trusts, IPv6 by its /64', async () => {
    const ask = await app({ points: 1 });
    const statuses = [];
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1']) {
      statuses.push((await ask({ 'X-Forwarded-For': address })).status);
    }
    expect(statuses).to.deep.equal([200, 200, 429, 200, 429, 200]);
  });

  it('counts by a key of the app’s own, and not at all where it gives none', async () => {
    const ask = await app({ points: 1, key: (request) => request.get('x-user') });
    const statuses = [];
    for (const user of ['ann', 'bob', 'ann']) statuses.push((await ask({ 'x-user': user })).status);
    const free = await ask();
    expect(statuses).to.deep.equal([200, 200, 429]);
    expect(free.status).to.equal(200);
    expect(free.headers.has('RateLimit')).to.equal(false);
  });

  it('tells of all limits on one request, the three old headers of the one with least left', async () => {
    const ask = await app(
      { name: 'burst', points: 3, durationMs: 1000 },
      { name: 'day', points: 9, durationMs: 86_400_000 },
    );
    const response = await ask();
    expect(told(response, 'RateLimit', 'RateLimit-Policy')).to.deep.equal([
      '"burst";r=2;t=1, "day";r=8;t=86400',
      '"burst";q=3;w=1, "day";q=9;w=86400',
    ]);
    expect(told(response, 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset')).to.deep.equal(['3', '2', '1']);
  });

  it('serves without headers while hits cannot be counted, or answers 503 if it must not', async () => {
    state.failure = new StateError('STATE_UNAVAILABLE', 'the store is away');
    const open = await (await app({}))();
    expect(open.status).to.equal(200);
    expect(open.headers.has('RateLimit-Limit')).to.equal(false);
    const closed = await (await app({ onStoreFailure: 'closed' }))();
    expect(closed.status).to.equal(503);
    expect(closed.headers.get('Retry-After')).to.equal('1');
    expect(await closed.json()).to.include({ code: 'RATE_LIMIT_UNAVAILABLE', status: 503 });
  });

  it('gives an error of the key function to the app’s error handler', async () => {
    const ask = await app({
      key: () => {
        throw new Error('no such user');
      },
    });
    const response = await ask();
    expect(response.status).to.equal(500);
    expect(await response.text()).to.equal('failed: no such user');
  });
});
