import { expect } from 'chai';
import { Settling } from '../../../../src/scaling/fleet/settling.ts';
import type { StateStatus } from '../../../../src/scaling/state/shared-state.ts';
import { codeOf, FleetFixture, tampered } from './fleet-fixtures.ts';

const WELL: StateStatus = { driver: 'fallback', connected: true, degradedSinceMs: null, reason: null, detail: {} };
const degraded = (sinceMs: number): StateStatus => ({ ...WELL, degradedSinceMs: sinceMs });

describe('what a store tells of leased amounts', () => {
  it('is believed at once by a process that begins while all is well', () => {
    expect(new Settling(100).leftMs(WELL, 5)).to.equal(0);
  });

  it('is believed a lease’s TTL after each change from one store to the other', () => {
    const settling = new Settling(100);
    const left = [
      settling.leftMs(WELL, 0),
      settling.leftMs(degraded(10), 10),
      settling.leftMs(degraded(10), 109),
      settling.leftMs(degraded(10), 110),
      settling.leftMs(WELL, 200),
      settling.leftMs(WELL, 250),
      settling.leftMs(degraded(260), 260),
      settling.leftMs(WELL, 400),
      settling.leftMs(WELL, 500),
    ];
    expect(left).to.deep.equal([0, 100, 1, 0, 100, 50, 100, 100, 0]);
  });

  it('is not believed at first by a process that begins while the other store stands in', () => {
    const settling = new Settling(100);
    expect([settling.leftMs(degraded(10), 500), settling.leftMs(degraded(10), 600)]).to.deep.equal([100, 0]);
  });

  it('refuses leases until then, and keeps those there are', async () => {
    const fixture = new FleetFixture({}, { leaseTtlMs: 6_000 });
    let status = WELL;
    const fleet = fixture.another(tampered(fixture.state, { status: () => status }));
    await fixture.register('a');
    await fleet.leases.create({ id: 'mine', owner: 'ann' });
    await fleet.leases.connect('mine');
    status = degraded(fixture.nowMs);
    const refusal = await fleet.leases.create({ owner: 'bob' }).catch((error: unknown) => error);
    expect(refusal).to.include({ code: 'CAPACITY_UNKNOWN', retryAfterMs: 6_000 });
    expect(await fleet.getCapacity()).to.include({ hasCapacity: false, code: 'CAPACITY_UNKNOWN', activeSlots: 1 });
    fixture.pass(3_000);
    expect((await fleet.leases.heartbeat('mine')).status).to.equal('connected');
    fixture.pass(3_000);
    expect(await codeOf(fleet.leases.create({ owner: 'bob' }))).to.equal('none');
    expect(await fleet.getCapacity()).to.include({ hasCapacity: true, code: null });
    await fixture.close();
  });

  it('lasts no longer than a TTL when the clock goes back meanwhile', () => {
    const settling = new Settling(100);
    settling.leftMs(degraded(10), 3_600_500);
    expect([settling.leftMs(degraded(10), 500), settling.leftMs(degraded(10), 600)]).to.deep.equal([100, 0]);
  });
});
