import { expect } from 'chai';
import type { FleetSnapshot } from '../../../../src/scaling/fleet/figures.ts';
import { bestServer, place, type Wish } from '../../../../src/scaling/fleet/placement.ts';
import type { CapacityLimits } from '../../../../src/scaling/fleet/settings.ts';
import { NO_LIMITS, registeredServer } from './fleet-fixtures.ts';

const WISH: Wish = { owner: 'ann', slots: 1, bandwidthMbps: null, location: null };

function outcome(snapshot: FleetSnapshot, limits: Partial<CapacityLimits> = {}, wish: Partial<Wish> = {}): string {
  const placement = place(snapshot, { ...NO_LIMITS, ...limits }, { ...WISH, ...wish });
  if (placement.kind === 'refused') return placement.refusal.code;
  return placement.candidates.map(({ server, bandwidthMbps }) => `${server.id}/${bandwidthMbps}`).join(' ');
}

describe('placing a lease', () => {
  const a = registeredServer('a');
  const b = registeredServer('b', { location: 'us' });

  it('prefers the server that is used least, and of equals the first by id', () => {
    expect(outcome({ servers: [b, a], used: {} })).to.equal('a/0 b/0');
    expect(outcome({ servers: [a, b], used: { 'server:a': 1, total: 1 } })).to.equal('b/0 a/0');
  });

  it('counts what a server has in use without leases', () => {
    const busy = registeredServer('a', { load: 9 });
    expect(outcome({ servers: [busy, b], used: {} })).to.equal('b/0 a/0');
    expect(outcome({ servers: [busy, b], used: { 'server:a': 1, total: 1 } })).to.equal('b/0');
    expect(outcome({ servers: [busy], used: {} }, {}, { slots: 2 })).to.equal('NO_CAPACITY');
  });

  it('judges a server by what it runs out of first', () => {
    const narrow = registeredServer('a', { maxBandwidthMbps: 100 });
    const wide = registeredServer('b', { maxBandwidthMbps: 1_000 });
    const used = { total: 6, 'server:a': 1, 'bandwidth:a': 60, 'server:b': 5, 'bandwidth:b': 50 };
    expect(outcome({ servers: [narrow, wide], used })).to.equal('b/100 a/10');
  });

  it('goes only to the location that is asked for', () => {
    expect(outcome({ servers: [a, b], used: {} }, {}, { location: 'us' })).to.equal('b/0');
    expect(outcome({ servers: [a, b], used: {} }, {}, { location: 'mars' })).to.equal('CAPACITY_UNKNOWN');
  });

  it('gives a slot its share of the bandwidth, the limit, or what is asked for', () => {
    const server = registeredServer('a', { maxBandwidthMbps: 95 });
    expect(outcome({ servers: [server], used: {} }, {}, { slots: 2 })).to.equal('a/18');
    expect(outcome({ servers: [server], used: {} }, { bandwidthPerSlotMbps: 20 }, { slots: 2 })).to.equal('a/40');
    expect(outcome({ servers: [server], used: {} }, {}, { bandwidthMbps: 95 })).to.equal('a/95');
    expect(outcome({ servers: [server], used: {} }, {}, { bandwidthMbps: 96 })).to.equal('NO_CAPACITY');
    const small = registeredServer('a', { maxBandwidthMbps: 3 });
    expect(outcome({ servers: [small], used: { 'bandwidth:a': 2 } })).to.equal('a/1');
    expect(outcome({ servers: [small], used: { 'bandwidth:a': 3 } })).to.equal('NO_CAPACITY');
  });

  it('refuses more bandwidth than a slot may have', () => {
    const server = registeredServer('a', { maxBandwidthMbps: 1_000 });
    const limits = { bandwidthPerSlotMbps: 10 };
    expect(outcome({ servers: [server], used: {} }, limits, { slots: 3, bandwidthMbps: 30 })).to.equal('a/30');
    expect(outcome({ servers: [server], used: {} }, limits, { slots: 3, bandwidthMbps: 31 })).to.equal(
      'BANDWIDTH_TOO_HIGH',
    );
  });

  it('promises nothing where figures are missing', () => {
    const unknown = registeredServer('a', { maxSlots: null });
    expect(outcome({ servers: [], used: {} })).to.equal('CAPACITY_UNKNOWN');
    expect(outcome({ servers: [unknown], used: {} })).to.equal('CAPACITY_UNKNOWN');
    expect(outcome({ servers: [unknown], used: {} }, { slotsPerServer: 5, totalSlots: 5 })).to.equal(
      'CAPACITY_UNKNOWN',
    );
    expect(outcome({ servers: [a], used: {} }, {}, { bandwidthMbps: 1 })).to.equal('CAPACITY_UNKNOWN');
    expect(outcome({ servers: [a], used: {} }, { bandwidthPerSlotMbps: 1 })).to.equal('CAPACITY_UNKNOWN');
    expect(outcome({ servers: [a, unknown], used: {} })).to.equal('a/0');
  });

  it('keeps the reserved part back, rounded up', () => {
    const five = registeredServer('a', { maxSlots: 5 });
    expect(outcome({ servers: [five], used: { total: 3, 'server:a': 3 } }, { reservedPercent: 10 })).to.equal('a/0');
    expect(outcome({ servers: [five], used: { total: 4, 'server:a': 4 } }, { reservedPercent: 10 })).to.equal(
      'NO_CAPACITY',
    );
    expect(outcome({ servers: [five], used: {} }, { reservedPercent: 100 })).to.equal('NO_CAPACITY');
  });

  it('holds the whole under its limit, and counts leases on servers that have gone', () => {
    const limits = { totalSlots: 12 };
    expect(outcome({ servers: [a, b], used: { total: 11, 'server:a': 5, 'server:b': 6 } }, limits)).to.equal('a/0 b/0');
    expect(
      outcome({ servers: [a, b], used: { total: 12, 'server:a': 5, 'server:b': 6, 'server:c': 1 } }, limits),
    ).to.equal('NO_CAPACITY');
  });

  it('holds each server under its limit and each owner under the quota', () => {
    const used = { total: 4, 'server:a': 4, 'owner:ann': 4 };
    expect(outcome({ servers: [a], used }, { slotsPerServer: 4 })).to.equal('NO_CAPACITY');
    expect(outcome({ servers: [a], used }, { slotsPerOwner: 4 })).to.equal('QUOTA_EXCEEDED');
    expect(outcome({ servers: [a], used }, { slotsPerOwner: 4 }, { owner: 'bob' })).to.equal('a/0');
  });

  it('takes all it needs at once, each with the maximum of the moment', () => {
    const server = registeredServer('a', { maxBandwidthMbps: 100, load: 3 });
    const limits = { ...NO_LIMITS, slotsPerOwner: 4, reservedPercent: 20 };
    const placement = place({ servers: [server], used: { 'server:a': 1, total: 1 } }, limits, { ...WISH, slots: 2 });
    expect(placement.kind === 'candidates' && placement.candidates[0]?.amounts).to.deep.equal([
      { name: 'owner:ann', by: 2, max: 4 },
      { name: 'total', by: 2, max: 5 },
      { name: 'server:a', by: 2, max: 7 },
      { name: 'bandwidth:a', by: 20, max: 100 },
    ]);
  });
});

describe('the best server', () => {
  const servers = [
    registeredServer('a', { load: 5 }),
    registeredServer('b', { load: 4 }),
    registeredServer('c', { load: 1, location: 'us' }),
    registeredServer('d', { maxSlots: null }),
  ];

  it('is the one used least, anywhere or in a location', () => {
    expect(bestServer({ servers, used: {} }, NO_LIMITS, null)?.id).to.equal('c');
    expect(bestServer({ servers, used: {} }, NO_LIMITS, 'eu')?.id).to.equal('b');
  });

  it('has room', () => {
    const used = { 'server:c': 10, 'server:b': 10 };
    expect(bestServer({ servers, used }, NO_LIMITS, null)?.id).to.equal('a');
    expect(bestServer({ servers, used }, NO_LIMITS, 'us')).to.equal(undefined);
    expect(bestServer({ servers, used: {} }, NO_LIMITS, 'mars')).to.equal(undefined);
  });
});
