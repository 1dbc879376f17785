import { expect } from 'chai';
import { checkServer, decodeServer, encodeServer, type FleetServer } from '../../../../src/scaling/fleet/server.ts';
import { checkSettings, DEFAULT_FLEET_SETTINGS, type FleetSettings } from '../../../../src/scaling/fleet/settings.ts';
import { type LeaseRequest, wishOf } from '../../../../src/scaling/fleet/wish.ts';
import { NO_LIMITS, registeredServer } from './fleet-fixtures.ts';

describe('what the fleet is given', () => {
  const settings: readonly [object, string][] = [
    [{ name: 'a{b}' }, 'name: "a{b}" given'],
    [{ serverTtlMs: 1_999 }, 'serverTtlMs: 1999 given, allowed is a whole number from 2000 to 2592000000'],
    [{ leaseTtlMs: 2_000.5 }, 'leaseTtlMs: 2000.5 given'],
    [
      { limits: { ...NO_LIMITS, reservedPercent: 101 } },
      'limits.reservedPercent: 101 given, allowed is a whole number from 0 to 100',
    ],
    [
      { limits: { ...NO_LIMITS, slotsPerOwner: 0 } },
      'limits.slotsPerOwner: 0 given, allowed is a whole number from 1 to',
    ],
    [{ limits: { ...NO_LIMITS, totalSlots: Number.NaN } }, 'limits.totalSlots: NaN given'],
  ];
  for (const [wrong, message] of settings) {
    it(`is refused as settings with ${message}`, () => {
      const given = { ...DEFAULT_FLEET_SETTINGS, ...wrong } as FleetSettings;
      expect(() => checkSettings(given))
        .to.throw(message)
        .with.property('code', 'FLEET_BAD_ARGUMENT');
    });
  }

  const servers: readonly [object, string][] = [
    [{ id: '' }, 'id: "" given, allowed is up to 128 letters'],
    [{ id: 'a{b' }, 'id: "a{b" given'],
    [{ host: '' }, 'host: "" given'],
    [{ port: 65_536 }, 'port: 65536 given, allowed is a TCP port'],
    [{ maxSlots: -1 }, 'maxSlots: -1 given'],
    [{ load: 1.5 }, 'load: 1.5 given'],
    [{ location: 7 }, 'location: 7 given'],
    [{ ttlMs: 1 }, 'ttlMs: 1 given'],
  ];
  for (const [wrong, message] of servers) {
    it(`is refused as a server with ${message}`, () => {
      const given = registeredServer('a', wrong as Partial<FleetServer>);
      expect(() => checkServer(given))
        .to.throw(message)
        .with.property('code', 'FLEET_BAD_ARGUMENT');
    });
  }

  const requests: readonly [object, string][] = [
    [{ id: 'a@b' }, 'id: "a@b" given'],
    [{ owner: '' }, 'owner: "" given'],
    [{ slots: 0 }, 'slots: 0 given, allowed is a whole number from 1 to 10000'],
    [{ bandwidthMbps: '5' }, 'bandwidthMbps: "5" given'],
    [{ location: '' }, 'location: "" given'],
  ];
  for (const [wrong, message] of requests) {
    it(`is refused as a request with ${message}`, () => {
      expect(() => wishOf({ owner: 'ann', ...wrong } as LeaseRequest))
        .to.throw(message)
        .with.property('code', 'FLEET_BAD_ARGUMENT');
    });
  }

  it('is read again as it was written', () => {
    const server = registeredServer('a', { load: 3, source: 'api' });
    expect(decodeServer(Buffer.from(encodeServer(server)))).to.deep.equal(server);
  });

  it('is unknown, not wrong, where a kept figure cannot be read', () => {
    const odd = { ...registeredServer('a'), maxSlots: 'many', load: -1, maxBandwidthMbps: 1e300, location: 5 };
    expect(decodeServer(Buffer.from(JSON.stringify(odd)))).to.deep.include({
      maxSlots: null,
      load: null,
      maxBandwidthMbps: null,
      location: '',
    });
    for (const junk of ['', 'null', '7', '{"id":"a"}', '{"id":"a/b","host":"h","port":1}']) {
      expect(decodeServer(Buffer.from(junk)), junk).to.equal(undefined);
    }
  });
});
