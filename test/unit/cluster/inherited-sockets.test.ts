import { expect } from 'chai';
import { InheritedSockets } from '../../../src/cluster/inherited-sockets.ts';

const PID = 4_711;

describe('InheritedSockets', () => {
  it('are none without LISTEN_FDS, and none when they are for another process', () => {
    expect(InheritedSockets.take({}, PID).unclaimed()).to.deep.equal([]);
    const env = { LISTEN_FDS: '1', LISTEN_PID: '1', LISTEN_FDNAMES: 'web' };
    expect(InheritedSockets.take(env, PID).unclaimed()).to.deep.equal([]);
    expect(env).to.deep.equal({ LISTEN_FDS: '1', LISTEN_PID: '1', LISTEN_FDNAMES: 'web' });
  });

  it('refuse a count that makes no sense, and leave nothing of it to children', () => {
    for (const count of ['-1', '1.5', 'two', '', '65']) {
      const env = { LISTEN_FDS: count, LISTEN_PID: String(PID), LISTEN_FDNAMES: 'web' };
      expect(() => InheritedSockets.take(env, PID), count)
        .to.throw(`LISTEN_FDS: ${JSON.stringify(count)} is not allowed; 0 to 64 are`)
        .with.property('code', 'INHERITED_SOCKETS_UNUSABLE');
      expect(env).to.deep.equal({});
    }
  });
});
