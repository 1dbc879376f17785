import { expect } from 'chai';
import { assertSafeToListen, isLoopbackHost } from '../../../../src/scaling/management/loopback.ts';

describe('listening without tokens', () => {
  for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost', '::ffff:127.0.0.1']) {
    it(`is allowed on ${host}`, () => {
      expect(isLoopbackHost(host)).to.equal(true);
      expect(() => assertSafeToListen(host, false)).to.not.throw();
    });
  }

  for (const host of ['0.0.0.0', '::', '', '10.0.0.5', '127.0.0.1.example', 'db.internal']) {
    it(`is refused on ${JSON.stringify(host)}, with what to set`, () => {
      expect(() => assertSafeToListen(host, false))
        .to.throw(`MANAGEMENT_HOST=${host} is not loopback, so the control API needs tokens: set MANAGEMENT_TOKENS`)
        .with.property('code', 'MANAGEMENT_TOKENS_REQUIRED');
    });
  }
});

describe('listening with tokens', () => {
  it('is allowed on every address', () => {
    expect(() => assertSafeToListen('0.0.0.0', true)).to.not.throw();
  });
});
