import { expect } from 'chai';
import { readPort, SettingError } from '../../../src/app/settings.ts';

describe("the reference app's settings", () => {
  it('listens on 3001 when PORT is unset or empty', () => {
    expect(readPort({})).to.equal(3001);
    expect(readPort({ PORT: '' })).to.equal(3001);
  });

  it('takes any TCP port, 0 included', () => {
    expect(readPort({ PORT: '0' })).to.equal(0);
    expect(readPort({ PORT: '65535' })).to.equal(65_535);
  });

  for (const given of ['65536', '-1', '80.5', 'http', '0x50', ' 80', '1e3']) {
    it(`refuses PORT=${JSON.stringify(given)}, and says what is allowed`, () => {
      expect(() => readPort({ PORT: given }))
        .to.throw(SettingError, `PORT is ${JSON.stringify(given)}; allowed is a whole number from 0 to 65535`)
        .with.property('code', 'BAD_SETTING');
    });
  }
});
