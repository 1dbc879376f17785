import { expect } from 'chai';
import { LoadBalancer, type LoadBalancerOptions } from '../../../../src/scaling/gateway/index.ts';

const UPSTREAMS = [{ port: 3000 }];

describe('LoadBalancer: options that are refused', () => {
  const bad: readonly (readonly [string, Partial<LoadBalancerOptions>, RegExp])[] = [
    [
      'a port of 0',
      { upstreams: [{ port: 0 }] },
      /^upstreams\[0\]\.port is 0; allowed is a port from 1 to 65535, or a socketPath\.$/,
    ],
    ['no address', { upstreams: [{}] }, /^upstreams\[0\]\.port is undefined/],
    [
      'a socket with a port',
      { upstreams: [{ socketPath: '/s', port: 1 }] },
      /^upstreams\[0\]\.socketPath is "\/s"; allowed is a path, without host and port\.$/,
    ],
    [
      'a weight of 0',
      { upstreams: [{ port: 1, weight: 0 }] },
      /^upstreams\[0\]\.weight is 0; allowed is a finite number above 0\.$/,
    ],
    [
      'a name twice',
      {
        upstreams: [
          { port: 1, name: 'a' },
          { port: 2, name: 'a' },
        ],
      },
      /^upstreams\[1\]\.name is "a"/,
    ],
    [
      'a slot twice',
      {
        upstreams: [
          { port: 1, slot: 3 },
          { port: 2, slot: 3 },
        ],
      },
      /^upstreams\[1\]\.slot is 3/,
    ],
    [
      'a negative timeout',
      { timeouts: { connectMs: -1 } },
      /^timeouts\.connectMs is -1; allowed is a number of milliseconds above 0/,
    ],
    [
      'an unknown timeout',
      { timeouts: { conectMs: 1 } as object },
      /^timeouts\.conectMs is 1; allowed is one of clientMs, connectMs/,
    ],
    ['a broken maxqueue', { maxqueue: 1.5 }, /^maxqueue is 1\.5; allowed is a whole number of at least 0\.$/],
    ['a maxconn of 0', { maxconn: 0 }, /^maxconn is 0; allowed is a whole number of at least 1\.$/],
    ['a retry budget above 1', { retry: { budget: 2 } }, /^retry\.budget is 2; allowed is a number from 0 to 1\.$/],
    ['a retry of 200', { retry: { statuses: [200] } }, /^retry\.statuses is 200/],
    ['a breaker that never opens', { breaker: { failureThreshold: 0 } }, /^breaker\.failureThreshold is 0/],
    ['a path without a slash', { check: { path: 'health' } }, /^check\.path is "health"/],
    [
      'a short secret, without showing it',
      { affinity: { by: 'cookie', secret: 'short' } },
      /^affinity\.secret is "…"; allowed is a secret of at least 16 characters\.$/,
    ],
    [
      'a cookie name with a space',
      { affinity: { by: 'cookie', secret: 'x'.repeat(16), cookieName: 'a b' } },
      /^affinity\.cookieName is "a b"/,
    ],
    ['a network that is none', { trustedProxies: ['10.0.0.0/33'] }, /^trustedProxies is "10\.0\.0\.0\/33"/],
    ['a limiter without a burst', { limiter: { ratePerSecond: 1, burst: 0 } }, /^limiter\.burst is 0/],
    [
      'more of a body than a connection holds',
      { holdBody: { bytes: 65_537 } },
      /^holdBody\.bytes is 65537; allowed is a whole number from 0 to 65536\.$/,
    ],
    ['a Via name with a line break', { viaName: 'a\r\nb' }, /^viaName is/],
    [
      'another half-close',
      { halfClose: 'maybe' as 'serve' },
      /^halfClose is "maybe"; allowed is "abort" or "serve"\.$/,
    ],
  ];

  for (const [name, options, message] of bad) {
    it(name, () => {
      expect(() => new LoadBalancer({ upstreams: UPSTREAMS, ...options }))
        .to.throw(RangeError, message)
        .with.property('code', 'LB_OPTION_INVALID');
    });
  }

  it('an unknown upstream is named with those there are', async () => {
    const balancer = new LoadBalancer({ upstreams: UPSTREAMS });
    expect(() => balancer.drain('nobody')).to.throw(RangeError, 'name is "nobody"; allowed is one of 127.0.0.1:3000.');
    expect(() => balancer.setWeight('127.0.0.1:3000', Number.NaN)).to.throw(RangeError, /^weight is/);
    await balancer.close();
  });
});
