import { expect } from 'chai';
import {
  failoversBetween,
  infoField,
  latestTable,
  parseClusterNodes,
  slotCount,
} from '../../../../../src/scaling/state/redis/cluster-nodes.ts';

const BEFORE = `a1 127.0.0.1:7001@17001 myself,master - 0 0 1 connected 0-5460
b1 127.0.0.1:7002@17002,redis-b master - 0 1 2 connected 5461-10922 [93->-a1]
c1 ::1:7003@17003 master - 0 1 3 connected 10923-16382 16383
a2 127.0.0.1:7004@17004 slave a1 0 1 1 connected
b2 127.0.0.1:7005@17005 slave b1 0 1 2 connected
x1 :0@0 slave,noaddr b1 0 1 2 disconnected
`;
const AFTER = BEFORE.replace('master - 0 1 2 connected 5461-10922', 'master,fail - 0 1 2 disconnected').replace(
  'slave b1 0 1 2 connected',
  'master - 0 1 4 connected 5461-10922',
);

describe('what a Redis Cluster says of itself', () => {
  it('reads nodes, roles, epochs and slots', () => {
    const nodes = parseClusterNodes(BEFORE);
    expect(nodes.map(({ id }) => id)).to.deep.equal(['a1', 'b1', 'c1', 'a2', 'b2']);
    expect(nodes[1]).to.deep.equal({
      id: 'b1',
      host: '127.0.0.1',
      port: 7002,
      role: 'master',
      masterId: null,
      epoch: 2,
      health: 'ok',
      slots: [[5461, 10922]],
    });
    expect(nodes[2]).to.deep.include({ host: '::1', port: 7003 });
    expect(nodes[2]?.slots).to.deep.equal([
      [10923, 16382],
      [16383, 16383],
    ]);
    expect(nodes[3]).to.include({ role: 'replica', masterId: 'a1' });
    expect(nodes.reduce((sum, { slots }) => sum + slotCount(slots), 0)).to.equal(16_384);
  });

  it('knows who is suspected and who has failed', () => {
    const health = (flags: string) => parseClusterNodes(`a 1.2.3.4:1@2 ${flags} - 0 0 1 connected`)[0]?.health;
    expect([health('master'), health('master,fail?'), health('slave,fail')]).to.deep.equal([
      'ok',
      'suspected',
      'failed',
    ]);
  });

  it('makes nothing of what is no table', () => {
    expect(parseClusterNodes('')).to.deep.equal([]);
    expect(parseClusterNodes('ERR This instance has cluster support disabled')).to.deep.equal([]);
  });

  it('counts replicas that became masters, and nothing twice', () => {
    const [before, after] = [parseClusterNodes(BEFORE), parseClusterNodes(AFTER)];
    expect(failoversBetween(before, after)).to.equal(1);
    expect(failoversBetween(after, after)).to.equal(0);
    expect(failoversBetween([], after)).to.equal(0);
    expect(failoversBetween(before, [])).to.equal(0);
  });

  it('believes the node that knows the latest failover', () => {
    const [before, after] = [parseClusterNodes(BEFORE), parseClusterNodes(AFTER)];
    expect(latestTable([before, after, before])).to.equal(after);
    expect(latestTable([[], before])).to.equal(before);
    expect(latestTable([])).to.deep.equal([]);
  });

  it('finds fields of INFO', () => {
    const info = '# Memory\r\nused_memory:1024\r\nused_memory_human:1K\r\n# Replication\r\nrole:slave\r\n';
    expect(infoField(info, 'used_memory')).to.equal('1024');
    expect(infoField(info, 'role')).to.equal('slave');
    expect(infoField(info, 'memory')).to.equal(undefined);
  });
});
