import { expect } from 'chai';
import { isPassword, keepPassword } from '../../../../src/app/services/passwords.ts';

describe('a kept password', () => {
  it('is known again, and no other is taken for it', async () => {
    const kept = await keepPassword('Zoë’s secret');
    expect(await isPassword('Zoë’s secret', kept)).to.equal(true);
    expect(await isPassword('Zoe\u0308’s secret', kept)).to.equal(true);
    expect(await isPassword('Zoe’s secret', kept)).to.equal(false);
    expect(await isPassword('', kept)).to.equal(false);
  });

  it('says nothing of itself, nor that two are the same', async () => {
    const [one, other] = await Promise.all([keepPassword('secret'), keepPassword('secret')]);
    expect(one.hash).to.not.equal(other.hash);
    expect(JSON.stringify(one)).to.not.include('secret');
  });
});
