import { expect } from 'chai';
import { GatewayOptionError } from '../../../../src/scaling/gateway/errors.ts';
import type { RouteOptions } from '../../../../src/scaling/gateway/options.ts';
import { Routes } from '../../../../src/scaling/gateway/routes.ts';
import { timeoutOptions } from '../../../../src/scaling/gateway/timeout-list.ts';
import { DEFAULT_TIMEOUTS } from '../../../../src/scaling/gateway/timeouts.ts';

const OTHERS = { timeouts: DEFAULT_TIMEOUTS, maxBodyBytes: 1_000 };

describe('Routes', () => {
  it('give a request what its longest path says, and the rest what holds for all', () => {
    const routes = new Routes(
      [
        { path: '/reports', timeouts: { serverMs: 300_000 } },
        { path: '/reports/live', timeouts: { serverMs: 5_000 }, maxBodyBytes: 10 },
      ],
      OTHERS,
    );
    const found = (target: string): number[] => {
      const { timeouts, maxBodyBytes } = routes.of(target);
      return [timeouts.serverMs, timeouts.clientMs, maxBodyBytes];
    };
    expect(found('/')).to.deep.equal([60_000, 60_000, 1_000]);
    expect(found('/reportsandmore')).to.deep.equal([60_000, 60_000, 1_000]);
    expect(found('/reports?year=1')).to.deep.equal([300_000, 60_000, 1_000]);
    expect(found('/reports/live/1')).to.deep.equal([5_000, 60_000, 10]);
  });

  for (const [what, route, option] of [
    ['a path without a slash', { path: 'x' }, 'routes[0].path'],
    ['a query', { path: '/x?y' }, 'routes[0].path'],
    [
      'a time that begins before the path is known',
      { path: '/', timeouts: { httpRequestMs: 1 } },
      'routes[0].timeouts.httpRequestMs',
    ],
    ['no time', { path: '/', timeouts: { serverMs: 0 } }, 'routes[0].timeouts.serverMs'],
    ['no size', { path: '/', maxBodyBytes: -1 }, 'routes[0].maxBodyBytes'],
  ] as const) {
    it(`refuse ${what}`, () => {
      expect(() => new Routes([route as RouteOptions], OTHERS))
        .to.throw(GatewayOptionError)
        .with.property('option', option);
    });
  }
});

describe('LB_TIMEOUTS', () => {
  it('become options, for all and by path', () => {
    const entries = [
      'server=30000',
      'http-keep-alive=5000',
      '/reports:server=300000',
      '/reports:client=1',
      '/:queue=7',
    ];
    expect(timeoutOptions(entries)).to.deep.equal({
      timeouts: { serverMs: 30_000, httpKeepAliveMs: 5_000 },
      routes: [
        { path: '/reports', timeouts: { serverMs: 300_000, clientMs: 1 } },
        { path: '/', timeouts: { queueMs: 7 } },
      ],
    });
    expect(timeoutOptions([])).to.deep.equal({ timeouts: {}, routes: [] });
  });
});
