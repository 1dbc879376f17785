import { expect } from 'chai';
import { GuessLimit } from '../../../../../src/scaling/management/access/guess-limit.ts';

describe('the limit of guesses', () => {
  it('counts an IPv6 network as one address, and an IPv4 address by itself', () => {
    const limit = new GuessLimit({ attempts: 2, windowMs: 1_000 });
    limit.failed('2001:db8:1:2::1', 'a', 0);
    limit.failed('2001:db8:1:2:ffff::9', 'b', 0);
    expect(limit.waitMs('2001:db8:1:2:3:4:5:6', 0)).to.equal(1_000);
    expect(limit.waitMs('2001:db8:1:3::1', 0)).to.equal(0);
    limit.failed('::ffff:192.0.2.1', 'a', 0);
    limit.failed('192.0.2.1', 'b', 0);
    expect(limit.waitMs('192.0.2.1', 400)).to.equal(600);
    expect(limit.waitMs('192.0.2.2', 0)).to.equal(0);
  });

  it('remembers a bounded number of addresses, and forgets the oldest first', () => {
    const limit = new GuessLimit({ attempts: 1, windowMs: 1_000, maxAddresses: 2 });
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) limit.failed(address, 'a', 0);
    const waits = [1, 2, 3].map((host) => limit.waitMs(`192.0.2.${host}`, 0));
    expect(waits).to.deep.equal([0, 1_000, 1_000]);
  });

  it('begins a new window with the first wrong token after the old one', () => {
    const limit = new GuessLimit({ attempts: 1, windowMs: 1_000 });
    limit.failed('192.0.2.1', 'a', 0);
    limit.failed('192.0.2.1', 'b', 1_500);
    expect(limit.waitMs('192.0.2.1', 1_500)).to.equal(1_000);
  });
});
