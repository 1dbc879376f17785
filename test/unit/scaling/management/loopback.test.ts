import { expect } from 'chai';
import { assertSafeToListen, isLoopbackHost } from '../../../../src/scaling/management/loopback.ts';

const open = { managementTokens: [], jwtSecret: '' };

describe('listening without tokens', () => {
  for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost', '::ffff:127.0.0.1']) {
    it(`is allowed on ${host}`, () => {
      expect(isLoopbackHost(host)).to.equal(true);
      expect(() => assertSafeToListen({ ...open, managementHost: host })).to.not.throw();
    });
  }

  for (const host of ['0.0.0.0', '::', '', '10.0.0.5', '127.0.0.1.example', 'db.internal']) {
    it(`is refused on ${JSON.stringify(host)}, with what to set`, () => {
      expect(() => assertSafeToListen({ ...open, managementHost: host }))
        .to.throw(`MANAGEMENT_HOST=${host} is not loopback, so the control API needs tokens: set MANAGEMENT_TOKENS`)
        .with.property('code', 'MANAGEMENT_TOKENS_REQUIRED');
    });
  }

  it('is refused with a JWT secret too, and says that this version does not read it', () => {
    const config = { managementHost: '0.0.0.0', managementTokens: [], jwtSecret: 'x'.repeat(32) };
    expect(() => assertSafeToListen(config)).to.throw('JWT_SECRET is set, but this version reads static tokens only');
  });
});

describe('listening with tokens', () => {
  it('is allowed on every address', () => {
    const config = { managementHost: '0.0.0.0', managementTokens: ['admin:0123456789abcdef'], jwtSecret: '' };
    expect(() => assertSafeToListen(config)).to.not.throw();
  });
});
