import { expect } from 'chai';
import { GatewayOptionError } from '../../../../../src/scaling/gateway/errors.ts';
import type { LimitVerdict } from '../../../../../src/scaling/gateway/limiter.ts';
import { limitRule } from '../../../../../src/scaling/gateway/limits/limit-rules.ts';
import { type KeyedLimit, RouteLimits } from '../../../../../src/scaling/gateway/limits/route-limits.ts';
import { holdsPath, routePath } from '../../../../../src/scaling/gateway/limits/route-path.ts';

const request = (target: string, address = '192.0.2.1', method = 'GET') => ({ address, method, target, host: 'x' });
const once = { ratePerSecond: 0.001, burst: 1 };

/** Says what it is told, and remembers who was counted. */
class ToldLimit implements KeyedLimit {
  readonly keys: string[] = [];
  verdict: LimitVerdict & { uncounted?: boolean };

  constructor(verdict: Partial<LimitVerdict & { uncounted: boolean }>) {
    this.verdict = { allowed: true, limit: 9, remaining: 8, resetMs: 500, retryAfterMs: 0, ...verdict };
  }

  async consume(key: string): Promise<LimitVerdict> {
    this.keys.push(key);
    return this.verdict;
  }
}

describe('A path, as limits see it', () => {
  it('is the same however it is spelled', () => {
    const spellings = [
      '/login',
      '/login/',
      '//login',
      '/./login',
      '/a/../login',
      '/%6Cogin',
      '/%6cOGIN?a=/b',
      '/LOGIN',
    ];
    expect(spellings.map((target) => routePath(target).replace(/\/$/, ''))).to.deep.equal(Array(8).fill('/login'));
  });

  it('stays within the root, and leaves alone what is no ASCII', () => {
    expect(routePath('/../../x')).to.equal('/x');
    expect(routePath('/a%2Fb')).to.equal('/a/b');
    expect(routePath('/caf%C3%A9')).to.equal('/caf%c3%a9');
    expect(routePath('*')).to.equal('/*');
  });

  it('lies below a prefix by whole segments', () => {
    expect(holdsPath('/api', '/api')).to.equal(true);
    expect(holdsPath('/api/', '/api')).to.equal(true);
    expect(holdsPath('/api', '/api/users')).to.equal(true);
    expect(holdsPath('/api', '/apis')).to.equal(false);
    expect(holdsPath('/', '/anything')).to.equal(true);
  });
});

describe('Limits by route', () => {
  it('count each client by itself, IPv6 by its /64', () => {
    const limits = new RouteLimits([{ limit: once }]);
    const allowed = (address: string) => (limits.check(request('/', address), 0) as LimitVerdict).allowed;
    expect(
      ['192.0.2.1', '192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1'].map(allowed),
    ).to.deep.equal([true, false, true, true, false, true]);
  });

  it('hold for their path and methods only', () => {
    const limits = new RouteLimits([{ path: '/login', methods: ['POST'], limit: once }]);
    expect(limits.check(request('/'), 0)).to.equal(undefined);
    expect(limits.check(request('/login'), 0)).to.equal(undefined);
    expect(limits.check(request('/login', '192.0.2.1', 'POST'), 0)).to.include({ allowed: true });
    expect(limits.check(request('/%6cogin', '192.0.2.1', 'POST'), 0)).to.include({ allowed: false });
  });

  it('hold for what servers take for their path that do not resolve `..`', () => {
    const limits = new RouteLimits([{ path: '/login', limit: once }]);
    const check = (target: string) => (limits.check(request(target), 0) as LimitVerdict | undefined)?.allowed;
    expect(['/login', '/login/..', '/login/../x', '/x/../login', '/x/..'].map(check)).to.deep.equal([
      true,
      false,
      false,
      false,
      undefined,
    ]);
  });

  it('tell of the one with least left, or of the refusal that lasts longest', async () => {
    const wide = new ToldLimit({ limit: 100, remaining: 50 });
    const narrow = new ToldLimit({ limit: 10, remaining: 5 });
    const limits = new RouteLimits([
      { limit: wide },
      { limit: narrow },
      { limit: { ratePerSecond: 1000, burst: 1000 } },
    ]);
    expect(await limits.check(request('/'), 0)).to.include({ limit: 10, remaining: 5 });
    wide.verdict = { ...wide.verdict, allowed: false, retryAfterMs: 300 };
    narrow.verdict = { ...narrow.verdict, allowed: false, retryAfterMs: 200 };
    expect(await limits.check(request('/'), 0)).to.include({ limit: 100, allowed: false, retryAfterMs: 300 });
  });

  it('refuse again without asking, for as long as they were told and at most a second', async () => {
    const limit = new ToldLimit({ allowed: false, remaining: 0, resetMs: 400, retryAfterMs: 400 });
    const limits = new RouteLimits([{ limit }]);
    await limits.check(request('/'), 0);
    expect(limits.check(request('/'), 300)).to.deep.equal({ ...limit.verdict, resetMs: 100, retryAfterMs: 100 });
    expect(limit.keys).to.have.length(1);
    limit.verdict = { ...limit.verdict, retryAfterMs: 60_000 };
    await limits.check(request('/'), 400);
    expect(limit.keys).to.have.length(2);
    expect(limits.check(request('/'), 1_399)).to.include({ allowed: false });
    await limits.check(request('/'), 1_400);
    expect(limit.keys).to.have.length(3);
  });

  it('let pass what could not be counted, or fail, as the limit says', async () => {
    const limit = new ToldLimit({ uncounted: true });
    const limits = new RouteLimits([{ limit }]);
    expect(await limits.check(request('/'), 0)).to.equal(undefined);
    limit.verdict = { ...limit.verdict, allowed: false };
    const failure = await Promise.resolve(limits.check(request('/'), 0)).catch((error: Error) => error.message);
    expect(failure).to.equal('The request could not be counted.');
  });

  it('refuse paths and figures that are none', () => {
    expect(() => new RouteLimits([{ path: 'login', limit: once }]))
      .to.throw(GatewayOptionError, 'limiter[0].path is "login"')
      .with.property('code', 'LB_OPTION_INVALID');
    expect(() => new RouteLimits([{ limit: { ratePerSecond: 0, burst: 1 } }])).to.throw(
      'limiter[0].limit.ratePerSecond',
    );
  });
});

describe('A limit written as text', () => {
  it('says path, requests, seconds, kind and block', () => {
    expect(limitRule('/=100/1')).to.include({
      path: '/',
      kind: 'standard',
      points: 100,
      durationMs: 1_000,
      blockMs: undefined,
    });
    expect(limitRule('/login=5/60:strict:300')).to.include({
      kind: 'strict',
      points: 5,
      durationMs: 60_000,
      blockMs: 300_000,
    });
  });

  it('has a name that limits may have, and that changes with the text', () => {
    const names = ['/=100/1', '/=200/1', '/a/b=1/1', `/${'x'.repeat(90)}=1/1`].map((text) => limitRule(text).name);
    expect(new Set(names).size).to.equal(4);
    for (const name of names) expect(name).to.match(/^[\w.-]{1,64}$/);
  });

  it('is refused when it is none', () => {
    for (const text of ['/', '/=0/1', '/=1', 'a=1/1', '/=1/1:loose', '/=1/1:strict:0'])
      expect(() => limitRule(text), text).to.throw(GatewayOptionError, 'as in /login=5/60:strict:300');
  });
});
