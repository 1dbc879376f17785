import { expect } from 'chai';
import type { LoadBalancer, LoadBalancerOptions, UpstreamEvent } from '../../../src/scaling/gateway/index.ts';
import { until } from '../../helpers/runtime.ts';
import { ask, keepAsking, type Tally } from './load.ts';
import { OK, RawUpstream, startGateway } from './raw-upstream.ts';

const CLIENTS = 64;

describe('Gateway: upstreams that fail, under 64 connections', () => {
  let good: RawUpstream;
  let bad: RawUpstream;
  let balancer: LoadBalancer;
  let port: number;
  let events: UpstreamEvent[];

  async function start(options: Omit<LoadBalancerOptions, 'upstreams'> = {}): Promise<void> {
    events = [];
    const onUpstreamEvent = (event: UpstreamEvent): void => {
      events.push(event);
    };
    ({ balancer, port } = await startGateway({ algorithm: 'round-robin', onUpstreamEvent, ...options }, good, bad));
  }

  beforeEach(async () => {
    good = await RawUpstream.start();
    bad = await RawUpstream.start();
  });

  afterEach(async () => {
    await balancer.close({ drainMs: 0 });
    await Promise.all([good.stop(), bad.stop()]);
  });

  /** Asks until `after` requests more than when `fault` struck have been answered. */
  async function underLoad(method: string, fault: () => unknown, after = 800): Promise<Tally> {
    const tally: Tally = { statuses: new Map(), broken: 0, requests: 0 };
    let struckAt = Number.POSITIVE_INFINITY;
    const load = keepAsking(port, CLIENTS, method, () => tally.requests > struckAt + after, tally);
    await until('the load is under way', () => tally.requests > 500);
    await fault();
    struckAt = tally.requests;
    return load.then(() => tally);
  }

  function onlyOk(tally: Tally): void {
    expect(tally.broken).to.equal(0);
    expect([...tally.statuses.keys()]).to.deep.equal([200]);
  }

  it('one that is killed costs no idempotent request', async () => {
    await start();
    onlyOk(await underLoad('GET', () => bad.stop()));
    expect(events.some((event) => event.kind === 'breaker' && event.detail === 'closed → open')).to.equal(true);
    expect(balancer.status().upstreams[1]).to.include({ state: 'open', active: 0 });
  });

  it('nor does one that answers garbage', async () => {
    await start();
    onlyOk(
      await underLoad('PUT', () => {
        bad.answer = () => 'rubbish\r\n\r\n';
      }),
    );
  });

  it('nor one that breaks off', async () => {
    await start();
    onlyOk(
      await underLoad('DELETE', () => {
        bad.answer = ({ socket }) => {
          socket.resetAndDestroy();
          return undefined;
        };
      }),
    );
  });

  it('nor one that hangs', async () => {
    await start({ timeouts: { serverMs: 1_000 } });
    onlyOk(
      await underLoad('GET', () => {
        bad.answer = () => undefined;
      }),
    );
  });

  it('nor one that answers 500, if 500 is to be tried elsewhere', async () => {
    await start({ retry: { statuses: [500] } });
    onlyOk(
      await underLoad('GET', () => {
        bad.answer = () => 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n';
      }),
    );
  });

  it('without that the clients see the 500s until the breaker is open, and no more', async () => {
    await start();
    const tally = await underLoad('GET', () => {
      bad.answer = () => 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n';
    });
    expect(tally.statuses.get(500)).to.be.within(5, CLIENTS);
    expect(balancer.status().upstreams[1]?.breaker).to.include({ state: 'open' });
  });

  it('one that closes each idle connection as the next request comes costs no idempotent request', async () => {
    await start();
    let closings = 0;
    const tally = await underLoad('GET', () => {
      bad.answer = (request, count) => {
        if (count % 3 !== 0) return OK;
        closings += 1;
        request.socket.destroy();
        return undefined;
      };
    });
    onlyOk(tally);
    expect(closings).to.be.above(50);
    expect(balancer.status().totals.staleConnections).to.be.above(20);
  });

  it('a request that is not idempotent is never sent twice', async () => {
    await start();
    let sent = 0;
    let cut = 0;
    const tally: Tally = { statuses: new Map(), broken: 0, requests: 0 };
    const count = (fails: boolean) => (request: { readonly socket: { destroy(): unknown } }) => {
      sent += 1;
      if (!fails || sent % 4 !== 0) return OK;
      cut += 1;
      request.socket.destroy();
      return undefined;
    };
    good.answer = count(false);
    bad.answer = count(true);
    await keepAsking(port, CLIENTS, 'POST', () => tally.requests > 1_500, tally);
    expect(sent).to.equal(tally.requests);
    expect(tally.statuses.get(502)).to.equal(cut).and.to.be.above(0);
  });

  it('one that takes no connection gets nothing sent, so a POST goes elsewhere', async () => {
    await start();
    await bad.stop();
    for (let index = 0; index < 10; index++) expect((await ask(port, 'POST', '/', '', 'hi')).status).to.equal(200);
    expect(good.requests).to.have.length(10);
  });

  it('the breaker opens after 5 failures, tries again, and closes after 2 successes', async () => {
    await start({ breaker: { resetTimeoutMs: 600 }, panicThreshold: 0 });
    balancer.drain(`127.0.0.1:${good.port}`);
    bad.answer = () => 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n';
    for (let index = 0; index < 5; index++) expect((await ask(port)).status).to.equal(500);
    const refused = await ask(port);
    expect(refused.status).to.equal(503);
    expect(refused.text)
      .to.contain('"code":"NO_UPSTREAM"')
      .and.to.match(/^Retry-After: 1\r$/m);
    expect(bad.requests).to.have.length(5);
    expect(balancer.status().upstreams[1]?.breaker).to.deep.equal({
      state: 'open',
      totalRequests: 5,
      successfulRequests: 0,
      failedRequests: 5,
      rejectedRequests: 1,
      successRate: 0,
    });
    bad.answer = () => OK;
    await until('it is tried again', () => balancer.status().upstreams[1]?.breaker.state === 'half-open');
    expect((await ask(port)).status).to.equal(200);
    expect((await ask(port)).status).to.equal(200);
    expect(events.map((event) => event.detail)).to.deep.equal([
      'closed → open',
      'open → half-open',
      'half-open → closed',
    ]);
  });

  it('a breaker is closed by hand', async () => {
    await start();
    balancer.drain(`127.0.0.1:${good.port}`);
    bad.answer = () => 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n';
    for (let index = 0; index < 5; index++) await ask(port);
    expect(balancer.status().upstreams[1]?.breaker.state).to.equal('open');
    balancer.resetBreaker(`127.0.0.1:${bad.port}`);
    expect(balancer.status().upstreams[1]?.breaker).to.include({ state: 'closed', failedRequests: 5 });
  });

  it('upstreams come and go under load without a failed request', async () => {
    await start();
    const third = await RawUpstream.start();
    const tally = await underLoad('POST', async () => {
      balancer.addUpstream({ port: third.port });
      await until('the third works', () => third.requests.length > 100);
      balancer.drain(`127.0.0.1:${bad.port}`);
      await until('the second has nothing to do', () => balancer.status().upstreams[1]?.active === 0);
      balancer.removeUpstream(`127.0.0.1:${bad.port}`);
      await bad.stop();
    });
    onlyOk(tally);
    await third.stop();
  });

  it('an upstream whose checks fail gets nothing, and gets work again when they are good', async () => {
    await start({ check: { path: '/health', intervalMs: 100, rise: 2, fall: 2 }, panicThreshold: 0 });
    const healthy = bad.answer;
    bad.answer = ({ head }) => (head.startsWith('GET /health') ? 'HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n' : OK);
    await until('it is down', () => balancer.status().upstreams[1]?.state === 'down');
    bad.forget();
    for (let index = 0; index < 6; index++) await ask(port);
    expect(bad.requests.filter(({ head }) => !head.startsWith('GET /health'))).to.have.length(0);
    bad.answer = healthy;
    await until('it is up', () => balancer.status().upstreams[1]?.state === 'up');
    for (let index = 0; index < 6; index++) await ask(port);
    expect(bad.requests.filter(({ head }) => !head.startsWith('GET /health'))).to.have.length(3);
  });
});
