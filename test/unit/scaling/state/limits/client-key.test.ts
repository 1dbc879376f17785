import { expect } from 'chai';
import { addressKey } from '../../../../../src/scaling/state/limits/client-key.ts';

describe('the key of a client', () => {
  it('is an IPv4 address as it is, also where a dual-stack socket wrote it as IPv6', () => {
    expect(addressKey('192.0.2.1')).to.equal('192.0.2.1');
    expect(addressKey('::ffff:192.0.2.1')).to.equal('192.0.2.1');
    expect(addressKey('::FFFF:192.0.2.1')).to.equal('192.0.2.1');
  });

  it('is one for all addresses of an IPv6 /64, in whatever way they are written', () => {
    for (const address of [
      '2001:db8:0:1::1',
      '2001:0DB8:0000:0001:ffff:0:0:2',
      '2001:db8:0:1:2:3:4.5.6.7',
      '2001:db8:0:1::%eth0',
    ]) {
      expect(addressKey(address), address).to.equal('2001:db8:0:1::/64');
    }
    expect(addressKey('2001:db8:0:2::1')).to.equal('2001:db8:0:2::/64');
    expect(addressKey('2001:db8::1:2:3:4:5')).to.equal('2001:db8:0:1::/64');
    expect(addressKey('::1')).to.equal('0:0:0:0::/64');
    expect(addressKey('fe80::')).to.equal('fe80:0:0:0::/64');
    expect(addressKey('64:ff9b::192.0.2.1')).to.equal('64:ff9b:0:0::/64');
  });

  it('is what it is where it is no address', () => {
    for (const text of ['', 'unix', 'user:7', '999.1.1.1', '::ffff:999.1.1.1']) {
      expect(addressKey(text), text).to.equal(text);
    }
  });
});
