import { expect } from 'chai';
import { readAppSettings, readPort, SettingError } from '../../../src/app/settings.ts';

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

  it('has no database and no secret unless they are given', async () => {
    expect(await readAppSettings({}, true)).to.deep.equal({
      database: null,
      sessionSecret: null,
      isAlone: true,
      trustedProxies: [],
    });
    const secret = 'long enough and random';
    expect(await readAppSettings({ SESSION_SECRET: secret }, false)).to.include({ sessionSecret: secret });
    const given = await readAppSettings({ DATABASE_URL: 'postgres://app@db.example/app' }, false);
    expect(given.database).to.include({ primary: 'postgres://app@db.example/app' });
  });

  it('refuses a secret that is short, and a database that is none, without repeating them', async () => {
    for (const env of [{ SESSION_SECRET: 'hunter2' }, { DATABASE_URL: 'mysql://root:hunter2@db/app' }]) {
      const error = await readAppSettings(env, true).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(SettingError);
      expect((error as Error).message).to.not.include('hunter2');
    }
  });

  it('takes proxies to believe by address and by block', async () => {
    const { trustedProxies } = await readAppSettings({ TRUSTED_PROXIES: '10.0.0.0/8, ::1,127.0.0.1' }, true);
    expect(trustedProxies).to.deep.equal(['10.0.0.0/8', '::1', '127.0.0.1']);
  });

  for (const given of ['proxy.example', '10.0.0.0/33', '::1/129', '10.0.0.0/8/8', '10.0.0.0/']) {
    it(`refuses TRUSTED_PROXIES=${given}, and says what is allowed`, async () => {
      const error = await readAppSettings({ TRUSTED_PROXIES: `127.0.0.1,${given}` }, true).catch((reason) => reason);
      expect(error).to.be.instanceOf(SettingError);
      expect(error.message).to.include(`TRUSTED_PROXIES has "${given}"; allowed are addresses and CIDR blocks`);
    });
  }
});
