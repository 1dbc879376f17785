import { expect } from 'chai';
import { UpstreamRoster } from '../../../src/cluster/upstream-roster.ts';
import type { GatewayUpstream } from '../../../src/ipc/gateway-protocol.ts';

const SPARE = 1_000_000;

function upstream(name: string, slot: number): GatewayUpstream {
  return { name, socketPath: `/run/${name}.sock`, slot, weight: 1 };
}

describe('the workers that serve a listener of the gateway', () => {
  let roster: UpstreamRoster;
  beforeEach(() => {
    roster = new UpstreamRoster();
    roster.add(upstream('worker-1', 0));
    roster.add(upstream('worker-2', 1));
  });

  function slots(): Record<string, number> {
    return Object.fromEntries(roster.serving.map(({ name, slot }) => [name, slot]));
  }

  it('have a slot each, and are taken in once', () => {
    expect(roster.add(upstream('worker-1', 0))).to.equal(null);
    expect(slots()).to.deep.equal({ 'worker-1': 0, 'worker-2': 1 });
  });

  it('wait with a spare slot while their predecessor holds theirs', () => {
    expect(roster.add(upstream('worker-3', 0))).to.deep.equal(upstream('worker-3', SPARE));
    expect(roster.add(upstream('worker-4', 1))).to.deep.equal(upstream('worker-4', SPARE + 1));
    expect(slots()).to.deep.equal({ 'worker-1': 0, 'worker-2': 1, 'worker-3': SPARE, 'worker-4': SPARE + 1 });
  });

  it('inherit their slot when their predecessor is to get nothing new', () => {
    roster.add(upstream('worker-3', 0));
    expect(roster.drain('worker-1')).to.deep.equal({ heir: upstream('worker-3', 0) });
    expect(slots()).to.deep.equal({ 'worker-2': 1, 'worker-3': 0 });
    expect(roster.remove('worker-1')).to.deep.equal({ heir: null });
  });

  it('inherit it from one that ended without a word', () => {
    roster.add(upstream('worker-3', 0));
    expect(roster.remove('worker-1')).to.deep.equal({ heir: upstream('worker-3', 0) });
  });

  it('get their own slot at once when their predecessor has left it', () => {
    expect(roster.drain('worker-1')).to.deep.equal({ heir: null });
    expect(roster.add(upstream('worker-3', 0))).to.deep.equal(upstream('worker-3', 0));
  });

  it('leave once, and are not missed when they were never here', () => {
    roster.drain('worker-1');
    expect(roster.drain('worker-1')).to.equal(null);
    roster.remove('worker-1');
    expect([roster.remove('worker-1'), roster.drain('worker-1'), roster.remove('worker-9')]).to.deep.equal([
      null,
      null,
      null,
    ]);
  });

  it('do not leave their slot to one that is leaving itself', () => {
    roster.add(upstream('worker-3', 0));
    roster.drain('worker-3');
    expect(roster.drain('worker-1')).to.deep.equal({ heir: null });
  });
});
