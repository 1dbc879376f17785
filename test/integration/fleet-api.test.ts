import { expect } from 'chai';
import { createFleet, DEFAULT_FLEET_SETTINGS, type Fleet } from '../../src/scaling/fleet/index.ts';
import { LocalState } from '../../src/scaling/state/embedded/local-state.ts';
import { StateError } from '../../src/scaling/state/errors.ts';
import { ManagementFixture, statusAndCode } from '../helpers/management-fixture.ts';

const SERVER = {
  id: 'eu-1',
  host: '10.0.0.7',
  port: 7835,
  location: 'eu',
  maxBandwidthMbps: 100,
  maxConcurrentTunnels: 4,
};
const SERVERS = '/api/v1/admin/servers';
const INSTANCES = '/api/v1/instances';

describe('the control API over a fleet', () => {
  let api: ManagementFixture;
  let state: LocalState;
  let fleet: Fleet;

  beforeEach(async () => {
    api = await ManagementFixture.start();
    state = new LocalState({ memoryLimitBytes: 16 * 1024 * 1024 });
    const limits = { ...DEFAULT_FLEET_SETTINGS.limits, slotsPerOwner: 2, bandwidthPerSlotMbps: 20 };
    fleet = createFleet(state, { ...DEFAULT_FLEET_SETTINGS, limits });
    Object.assign(api.services, { fleet, capacity: fleet, leases: fleet.leases });
  });
  afterEach(async () => {
    await api.close();
    await fleet.stop();
    await state.close();
  });

  const actions = (): string[] => api.services.auditEntries.map(({ action }) => action);

  describe('servers', () => {
    it('are registered as the customer sends them, kept by sending them again, shown and removed', async () => {
      const first = await api.post(SERVERS, SERVER);
      expect(first.status).to.equal(201);
      expect(first.json).to.deep.include({ ...SERVER, source: 'api', ttlMs: 60_000, activeSlots: 0 });
      expect((await api.post(SERVERS, { ...SERVER, load: 1, ttlMs: 5_000 })).status).to.equal(200);
      const { json: stats } = await api.get('/api/v1/admin/fleet-stats');
      expect(stats).to.include({ serverCount: 1, totalCapacity: 4, totalLoad: 1, utilizationPercent: 25 });
      expect(stats.servers[0]).to.deep.include({ ...SERVER, load: 1, ttlMs: 5_000 });
      expect((await api.get(SERVERS)).json).to.deep.equal({ servers: stats.servers });
      expect((await api.get(`${SERVERS}/eu-1`)).json).to.deep.equal(stats.servers[0]);
      expect((await api.send(`${SERVERS}/eu-1`, { method: 'DELETE' })).status).to.equal(200);
      expect((await api.get(SERVERS)).json).to.deep.equal({ servers: [] });
      for (const method of ['GET', 'DELETE']) {
        const reply = await api.send(`${SERVERS}/eu-1`, { method });
        expect(statusAndCode(reply)).to.deep.equal({ status: 404, code: 'SERVER_NOT_FOUND' });
      }
      expect(actions()).to.deep.equal(['fleet.register', 'fleet.remove']);
    });

    for (const [body, message] of [
      [{ ...SERVER, tunnels: 3 }, 'tunnels: 3 given, allowed is only id, host, port'],
      [{ ...SERVER, port: '7835' }, 'port: "7835" given, allowed is a whole number from 1 to 65535'],
      [{ ...SERVER, id: 'a b' }, 'id: "a b" given, allowed is up to 128 letters'],
      [
        { ...SERVER, maxConcurrentTunnels: undefined },
        'maxConcurrentTunnels: nothing given, allowed is a whole number',
      ],
      [{ ...SERVER, maxBandwidthMbps: -1 }, 'maxBandwidthMbps: -1 given'],
      [{ ...SERVER, location: null }, 'location: null given, allowed is a text'],
      [{ ...SERVER, ttlMs: 10 }, 'ttlMs: 10 given, allowed is a whole number from 2000 to'],
    ] as const) {
      it(`are refused with 400 and "${message}"`, async () => {
        const { status, json } = await api.post(SERVERS, body);
        expect([status, json.code]).to.deep.equal([400, 'INVALID_REQUEST']);
        expect(json.detail).to.include(message);
        expect(actions()).to.deep.equal([]);
      });
    }

    it('that register themselves can be neither replaced nor removed', async () => {
      const figures = { version: '1', maxSlots: 4, maxBandwidthMbps: 100, load: null };
      await fleet.announce(() => ({ id: 'eu-1', host: '10.0.0.7', port: 1, location: 'eu', ...figures }));
      for (const reply of [await api.post(SERVERS, SERVER), await api.send(`${SERVERS}/eu-1`, { method: 'DELETE' })]) {
        expect(statusAndCode(reply)).to.deep.equal({ status: 409, code: 'SERVER_REGISTERS_ITSELF' });
      }
      expect(actions()).to.deep.equal([]);
    });
  });

  it('tells capacity, and that it is unknown while there is no server', async () => {
    expect((await api.get('/api/v1/capacity')).json).to.deep.equal({
      hasCapacity: false,
      activeSlots: 0,
      totalCapacity: 0,
      availableSlots: 0,
      utilizationPercent: null,
      serverCount: 0,
      bandwidthUtilization: null,
      code: 'CAPACITY_UNKNOWN',
    });
    await api.post(SERVERS, SERVER);
    await api.post(INSTANCES, { owner: 'ann' });
    expect((await api.get('/api/v1/capacity')).json).to.deep.equal({
      hasCapacity: true,
      activeSlots: 1,
      totalCapacity: 4,
      availableSlots: 3,
      utilizationPercent: 25,
      serverCount: 1,
      bandwidthUtilization: 0.2,
      code: null,
    });
  });

  describe('leases', () => {
    it('go their way from create to disconnect', async () => {
      await api.post(SERVERS, SERVER);
      const body = { id: 'mine', owner: 'ann', bandwidthMbps: 15, location: 'eu' };
      const created = await api.post(INSTANCES, body);
      expect(created.status).to.equal(201);
      const { serverId, host, port } = created.json.server;
      expect([serverId, host, port]).to.deep.equal(['eu-1', '10.0.0.7', 7835]);
      expect((await api.post(INSTANCES, body)).status).to.equal(200);
      for (const [change, status] of [
        ['connect', 'connected'],
        ['heartbeat', 'connected'],
        ['disconnect', 'disconnected'],
      ] as const) {
        const reply = await api.post(`${INSTANCES}/mine/${change}`);
        expect([reply.status, reply.json.status], change).to.deep.equal([200, status]);
      }
      const { json } = await api.get(`${INSTANCES}/mine`);
      expect(json.history.map(({ status }: { status: string }) => status)).to.deep.equal([
        'requested',
        'granted',
        'connected',
        'disconnected',
      ]);
      expect(actions()).to.deep.equal(['fleet.register', 'lease.create', 'lease.connect', 'lease.disconnect']);
      expect(api.services.auditEntries[1]?.after).to.deep.equal({
        id: 'mine',
        owner: 'ann',
        status: 'granted',
        slots: 1,
        server: 'eu-1',
      });
    });

    it('are refused with a status and a code for each reason', async () => {
      const refusal = async (body: object): Promise<unknown> => statusAndCode(await api.post(INSTANCES, body));
      const unknown = await api.post(INSTANCES, { owner: 'ann' });
      expect(statusAndCode(unknown)).to.deep.equal({ status: 503, code: 'CAPACITY_UNKNOWN' });
      expect(unknown.headers['retry-after']).to.equal('20');
      await api.post(SERVERS, SERVER);
      await api.post(INSTANCES, { owner: 'ann', slots: 2 });
      expect(await refusal({ owner: 'ann' })).to.deep.equal({ status: 429, code: 'QUOTA_EXCEEDED' });
      expect(await refusal({ owner: 'bob', bandwidthMbps: 21 })).to.deep.equal({
        status: 422,
        code: 'BANDWIDTH_TOO_HIGH',
      });
      await api.post(INSTANCES, { id: 'bobs', owner: 'bob', slots: 2 });
      expect(await refusal({ owner: 'eve' })).to.deep.equal({ status: 409, code: 'NO_CAPACITY' });
      expect(await refusal({ id: 'bobs', owner: 'eve' })).to.deep.equal({ status: 409, code: 'LEASE_EXISTS' });
    });

    it('answer what is not allowed with 409, a code, and what is', async () => {
      await api.post(SERVERS, SERVER);
      await api.post(INSTANCES, { id: 'mine', owner: 'ann' });
      const early = await api.post(`${INSTANCES}/mine/heartbeat`);
      expect(statusAndCode(early)).to.deep.equal({ status: 409, code: 'LEASE_NOT_CONNECTED' });
      expect(early.json.detail).to.match(/allowed is connect and disconnect$/);
      await api.post(`${INSTANCES}/mine/disconnect`);
      expect(statusAndCode(await api.post(`${INSTANCES}/mine/connect`))).to.deep.equal({
        status: 409,
        code: 'LEASE_ENDED',
      });
      for (const reply of [await api.get(`${INSTANCES}/other`), await api.post(`${INSTANCES}/other/connect`)]) {
        expect(statusAndCode(reply)).to.deep.equal({ status: 404, code: 'LEASE_NOT_FOUND' });
      }
    });

    for (const [body, message] of [
      [{}, 'owner: nothing given, allowed is a text of 1 to 128 characters'],
      [{ owner: 'ann', slots: 1.5 }, 'slots: 1.5 given'],
      [{ owner: 'ann', bandwidthMbps: '10' }, 'bandwidthMbps: "10" given'],
      [{ owner: 'ann', id: 'a/b' }, 'id: "a/b" given'],
      [{ owner: 'ann', zone: 'eu' }, 'zone: "eu" given, allowed is only id, owner, slots, bandwidthMbps, location'],
    ] as const) {
      it(`are refused with 400 and "${message}"`, async () => {
        const { status, json } = await api.post(INSTANCES, body);
        expect([status, json.code]).to.deep.equal([400, 'INVALID_REQUEST']);
        expect(json.detail).to.include(message);
      });
    }

    it('refuse a path that cannot be an id', async () => {
      const { status, json } = await api.post(`${INSTANCES}/a%20b/connect`);
      expect([status, json.errors[0].field]).to.deep.equal([400, 'id']);
    });
  });

  it('answers 503 with the code of the store when that is away', async () => {
    await state.close();
    for (const reply of [
      await api.get('/api/v1/capacity'),
      await api.get(SERVERS),
      await api.post(SERVERS, SERVER),
      await api.post(INSTANCES, { owner: 'ann' }),
      await api.post(`${INSTANCES}/mine/heartbeat`),
    ]) {
      expect(statusAndCode(reply)).to.deep.equal({ status: 503, code: 'STATE_CLOSED' });
      expect(reply.headers['retry-after']).to.equal('2');
    }
    expect(api.failures).to.deep.equal([]);
  });

  it('hides an error that is a mistake of its own', async () => {
    Object.assign(api.services, {
      capacity: { getCapacity: () => Promise.reject(new StateError('STATE_BAD_ARGUMENT', 'the key is wrong')) },
    });
    expect(statusAndCode(await api.get('/api/v1/capacity'))).to.deep.equal({ status: 500, code: 'INTERNAL' });
    expect(api.failures).to.deep.equal(['GET /api/v1/capacity: the key is wrong']);
  });

  it('shows the status of Redis as it is given', async () => {
    Object.assign(api.services, { redis: { status: () => ({ driver: 'redis', connected: true }) } });
    expect((await api.get('/redis/status')).json).to.deep.equal({ driver: 'redis', connected: true });
  });
});
