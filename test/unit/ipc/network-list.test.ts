import { expect } from 'chai';
import { NetworkList, parseNetwork, plainAddress } from '../../../src/ipc/network-list.ts';

describe('NetworkList', () => {
  it('holds addresses and networks of both families', () => {
    const list = new NetworkList(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32']);
    for (const inside of ['10.1.255.1', '192.0.2.7', '2001:db8:1::9', '::ffff:10.1.2.3']) {
      expect(list.has(inside), inside).to.equal(true);
    }
    for (const outside of ['10.2.0.1', '192.0.2.8', '2001:db9::1', '', 'unknown']) {
      expect(list.has(outside), outside).to.equal(false);
    }
  });

  it('is empty without any, and then has nobody', () => {
    expect([new NetworkList([]).isEmpty, new NetworkList([]).has('10.0.0.1')]).to.deep.equal([true, false]);
    expect(new NetworkList(['::1']).isEmpty).to.equal(false);
  });

  it('refuses what is neither', () => {
    for (const wrong of ['10.0.0.0/33', 'localhost', '10.0.0.0/8/8', '::1/129', '10.0.0.1/x', '']) {
      expect(parseNetwork(wrong), wrong).to.equal(undefined);
      expect(() => new NetworkList([wrong])).to.throw(RangeError, 'is no IP address and no network');
    }
  });

  it('writes IPv4 clients of dual-stack sockets as what they are', () => {
    expect(['::ffff:10.0.0.1', '10.0.0.1', '::ffff:1'].map(plainAddress)).to.deep.equal([
      '10.0.0.1',
      '10.0.0.1',
      '::ffff:1',
    ]);
  });
});
