import { expect } from 'chai';
import { capacityOf } from '../../../../src/scaling/fleet/capacity.ts';
import { fleetStats } from '../../../../src/scaling/fleet/fleet-stats.ts';
import { NO_LIMITS, registeredServer } from './fleet-fixtures.ts';

describe('the statistics of a fleet', () => {
  it('add up what the servers have and use', () => {
    const servers = [
      registeredServer('a', { maxSlots: 20, load: 2 }),
      registeredServer('b', { maxSlots: 10, maxBandwidthMbps: 100 }),
    ];
    const used = { total: 5, 'server:a': 4, 'server:b': 1, 'bandwidth:b': 50 };
    const { servers: views, ...sums } = fleetStats({ servers, used }, NO_LIMITS);
    expect(sums).to.deep.equal({ serverCount: 2, totalCapacity: 30, totalLoad: 7, utilizationPercent: 23.33 });
    expect(
      views.map(({ id, leasedSlots, activeSlots, utilizationPercent }) => [
        id,
        leasedSlots,
        activeSlots,
        utilizationPercent,
      ]),
    ).to.deep.equal([
      ['a', 4, 6, 30],
      ['b', 1, 1, 50],
    ]);
  });

  it('hold each server under the limit, and leave out those of unknown size', () => {
    const servers = [registeredServer('a', { maxSlots: 20 }), registeredServer('b', { maxSlots: null, load: 3 })];
    const stats = fleetStats({ servers, used: {} }, { ...NO_LIMITS, slotsPerServer: 8 });
    expect([stats.totalCapacity, stats.totalLoad, stats.utilizationPercent]).to.deep.equal([8, 3, 37.5]);
    expect(stats.servers[1]?.utilizationPercent).to.equal(null);
  });

  it('know no percentage of nothing', () => {
    expect(fleetStats({ servers: [], used: {} }, NO_LIMITS)).to.deep.equal({
      serverCount: 0,
      totalCapacity: 0,
      totalLoad: 0,
      utilizationPercent: null,
      servers: [],
    });
  });
});

describe('capacity', () => {
  const servers = [
    registeredServer('a', { maxSlots: 10, maxBandwidthMbps: 100 }),
    registeredServer('b', { maxSlots: 10, maxBandwidthMbps: 300, load: 2 }),
  ];

  it('is what may still be leased', () => {
    const used = { total: 5, 'server:a': 5, 'bandwidth:a': 50 };
    expect(capacityOf({ servers, used }, { ...NO_LIMITS, reservedPercent: 10 })).to.deep.equal({
      hasCapacity: true,
      activeSlots: 7,
      totalCapacity: 20,
      availableSlots: 11,
      utilizationPercent: 35,
      serverCount: 2,
      bandwidthUtilization: 0.125,
      code: null,
    });
  });

  it('ends with the bandwidth too', () => {
    const used = { total: 2, 'server:a': 2, 'bandwidth:a': 95, 'bandwidth:b': 300 };
    const capacity = capacityOf({ servers, used }, NO_LIMITS);
    expect([capacity.hasCapacity, capacity.availableSlots, capacity.code]).to.deep.equal([false, 0, 'NO_CAPACITY']);
  });

  it('is never negative, even when servers have gone with their leases', () => {
    const capacity = capacityOf(
      { servers: servers.slice(0, 1), used: { total: 15, 'server:a': 5, 'server:c': 10 } },
      NO_LIMITS,
    );
    expect([capacity.availableSlots, capacity.utilizationPercent]).to.deep.equal([0, 150]);
  });

  it('is unknown, and refused, without figures', () => {
    const unknown = {
      activeSlots: 0,
      totalCapacity: 0,
      availableSlots: 0,
      utilizationPercent: null,
      bandwidthUtilization: null,
    };
    const expected = { hasCapacity: false, ...unknown, code: 'CAPACITY_UNKNOWN' };
    expect(capacityOf({ servers: [], used: {} }, NO_LIMITS)).to.deep.equal({ ...expected, serverCount: 0 });
    const mute = [registeredServer('a', { maxSlots: null })];
    expect(capacityOf({ servers: mute, used: {} }, { ...NO_LIMITS, totalSlots: 7, slotsPerServer: 7 })).to.deep.equal({
      ...expected,
      serverCount: 1,
    });
    const noBandwidth = [registeredServer('a')];
    expect(capacityOf({ servers: noBandwidth, used: {} }, { ...NO_LIMITS, bandwidthPerSlotMbps: 5 }).code).to.equal(
      'CAPACITY_UNKNOWN',
    );
  });
});
