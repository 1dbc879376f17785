import { expect } from 'chai';
import { StateError } from '../../../../src/scaling/state/errors.ts';
import { codeOf, describedServer, FleetFixture, START_MS, tampered } from './fleet-fixtures.ts';

describe('leases', () => {
  let fixture: FleetFixture;

  function fleet(...given: ConstructorParameters<typeof FleetFixture>): FleetFixture {
    fixture = new FleetFixture(...given);
    return fixture;
  }

  afterEach(() => fixture.close());

  it('go from granted to connected to disconnected, and free their slots', async () => {
    const { leases } = fleet().fleet;
    await fixture.register('a', { maxBandwidthMbps: 100 });
    const { created, lease } = await leases.create({ owner: 'ann', slots: 2, location: 'eu' });
    expect(created).to.equal(true);
    expect(lease).to.deep.equal({
      id: lease.id,
      status: 'granted',
      owner: 'ann',
      slots: 2,
      bandwidthMbps: 20,
      server: { serverId: 'a', host: 'a.example', port: 3001, location: 'eu' },
      refused: null,
      expiresInMs: 60_000,
      heartbeatIntervalMs: 20_000,
      history: [
        { status: 'requested', atMs: START_MS },
        { status: 'granted', atMs: START_MS },
      ],
    });
    expect(await fixture.used()).to.deep.equal({ 'owner:ann': 2, total: 2, 'server:a': 2, 'bandwidth:a': 20 });
    fixture.pass(1_000);
    expect((await leases.connect(lease.id)).status).to.equal('connected');
    fixture.pass(1_000);
    expect((await leases.heartbeat(lease.id)).expiresInMs).to.equal(60_000);
    fixture.pass(1_000);
    const ended = await leases.disconnect(lease.id);
    expect([ended.status, ended.expiresInMs]).to.deep.equal(['disconnected', null]);
    expect(ended.history.map(({ status, atMs }) => `${status} ${atMs - START_MS}`)).to.deep.equal([
      'requested 0',
      'granted 0',
      'connected 1000',
      'disconnected 3000',
    ]);
    expect(await leases.get(lease.id)).to.deep.equal(ended);
    expect(Object.values(await fixture.used()).reduce((sum, used) => sum + used, 0)).to.equal(0);
  });

  it('grant exactly as many as there are slots to 50 that ask at once', async () => {
    const { leases } = fleet().fleet;
    await fixture.register('a', { maxSlots: 4 });
    await fixture.register('b', { maxSlots: 6 });
    const codes = await Promise.all(
      Array.from({ length: 50 }, (_, owner) => codeOf(leases.create({ owner: `o${owner}` }))),
    );
    expect(codes.filter((code) => code === 'none')).to.have.length(10);
    expect(codes.filter((code) => code === 'NO_CAPACITY')).to.have.length(40);
    expect(await fixture.used()).to.include({ total: 10, 'server:a': 4, 'server:b': 6 });
  });

  it('hold the quota of an owner that asks 50 times at once', async () => {
    const { leases } = fleet({ slotsPerOwner: 7 }).fleet;
    await fixture.register('a', { maxSlots: 100 });
    const codes = await Promise.all(Array.from({ length: 50 }, () => codeOf(leases.create({ owner: 'ann' }))));
    expect(codes.filter((code) => code === 'none')).to.have.length(7);
    expect(codes.filter((code) => code === 'QUOTA_EXCEEDED')).to.have.length(43);
    expect(await codeOf(leases.create({ owner: 'bob' }))).to.equal('none');
  });

  it('refuse without taking anything when figures are missing, and say when to ask again', async () => {
    const { leases } = fleet().fleet;
    await fixture.register('a', { maxSlots: null });
    const refusal = await leases.create({ owner: 'ann' }).catch((error: unknown) => error);
    expect(refusal).to.include({ code: 'CAPACITY_UNKNOWN', retryAfterMs: 20_000 });
    expect(await fixture.used()).to.deep.equal({});
  });

  describe('of an id that the client gave', () => {
    it('are the same when the request is repeated, also at the same moment', async () => {
      const { leases } = fleet().fleet;
      await fixture.register('a');
      const request = { id: 'mine', owner: 'ann', slots: 3 };
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => codeOf(leases.create(request))));
      expect(outcomes.filter((code) => code === 'none').length).to.be.at.least(1);
      expect(outcomes.filter((code) => code !== 'none' && code !== 'LEASE_PENDING')).to.deep.equal([]);
      expect((await leases.create(request)).created).to.equal(false);
      await leases.connect('mine');
      expect((await leases.create(request)).lease.status).to.equal('connected');
      expect((await fixture.used()).total).to.equal(3);
    });

    it('are not given to another request', async () => {
      const { leases } = fleet().fleet;
      await fixture.register('a');
      await leases.create({ id: 'mine', owner: 'ann' });
      for (const other of [{ owner: 'bob' }, { owner: 'ann', slots: 2 }, { owner: 'ann', location: 'eu' }]) {
        expect(await codeOf(leases.create({ id: 'mine', ...other }))).to.equal('LEASE_EXISTS');
      }
    });

    it('are not used again once they ended', async () => {
      const { leases } = fleet().fleet;
      await fixture.register('a');
      await leases.create({ id: 'mine', owner: 'ann' });
      await leases.disconnect('mine');
      expect(await codeOf(leases.create({ id: 'mine', owner: 'ann' }))).to.equal('LEASE_ENDED');
      fixture.pass(3_600_001);
      expect(await leases.get('mine')).to.equal(undefined);
      expect((await leases.create({ id: 'mine', owner: 'ann' })).created).to.equal(true);
    });

    it('may be asked for again when they were refused', async () => {
      const { leases } = fleet().fleet;
      await fixture.register('a', { maxSlots: 1 });
      await leases.create({ id: 'first', owner: 'bob' });
      expect(await codeOf(leases.create({ id: 'mine', owner: 'ann' }))).to.equal('NO_CAPACITY');
      await leases.disconnect('first');
      expect((await leases.create({ id: 'mine', owner: 'ann' })).lease.status).to.equal('granted');
    });
  });

  it('are refused by a reservation that others were quicker with, and may be asked for again', async () => {
    fleet();
    await fixture.register('a', { maxSlots: 1 });
    const late = fixture.another(tampered(fixture.state, { reservations: { used: async () => ({}) } }));
    await fixture.fleet.leases.create({ id: 'first', owner: 'bob' });
    expect(await codeOf(late.leases.create({ id: 'mine', owner: 'ann' }))).to.equal('NO_CAPACITY');
    expect(await late.leases.get('mine')).to.include({ status: 'refused', refused: 'NO_CAPACITY', server: null });
    await fixture.fleet.leases.disconnect('first');
    const { lease } = await late.leases.create({ id: 'mine', owner: 'ann' });
    expect(lease.history.map(({ status }) => status)).to.deep.equal(['requested', 'refused', 'requested', 'granted']);
  });

  it('go to the next server when the best was taken meanwhile', async () => {
    fleet();
    await fixture.register('a', { maxSlots: 1 });
    await fixture.register('b', { maxSlots: 1 });
    const late = fixture.another(tampered(fixture.state, { reservations: { used: async () => ({}) } }));
    expect((await late.leases.create({ owner: 'ann' })).lease.server?.serverId).to.equal('a');
    expect((await late.leases.create({ owner: 'ann' })).lease.server?.serverId).to.equal('b');
  });

  it('answer what is not allowed with a code for where they stand', async () => {
    const { leases } = fleet().fleet;
    await fixture.register('a');
    await leases.create({ id: 'mine', owner: 'ann' });
    expect(await codeOf(leases.heartbeat('mine'))).to.equal('LEASE_NOT_CONNECTED');
    await leases.disconnect('mine');
    for (const change of ['connect', 'heartbeat'] as const) {
      expect(await codeOf(leases[change]('mine')), change).to.equal('LEASE_ENDED');
    }
    expect(await codeOf(leases.disconnect('mine'))).to.equal('none');
    expect(await codeOf(leases.connect('nobody'))).to.equal('LEASE_NOT_FOUND');
  });

  it('are over when a heartbeat stays away, whether or not anybody looked', async () => {
    const { leases } = fleet({}, { leaseTtlMs: 3_000 }).fleet;
    await fixture.register('a');
    await leases.create({ id: 'mine', owner: 'ann' });
    await leases.connect('mine');
    fixture.pass(2_999);
    await leases.heartbeat('mine');
    fixture.pass(3_500);
    const lease = await leases.get('mine');
    expect(lease?.status).to.equal('expired');
    expect(lease?.history.at(-1)).to.deep.equal({ status: 'expired', atMs: START_MS + 5_999 });
    expect(await codeOf(leases.heartbeat('mine'))).to.equal('LEASE_ENDED');
    expect(await codeOf(leases.disconnect('mine'))).to.equal('LEASE_ENDED');
  });

  it('keep their changes apart: of a heartbeat and a disconnect at once, the lease is disconnected and holds nothing', async () => {
    const { fleet: one, state } = fleet();
    await fixture.register('a');
    await one.leases.create({ id: 'mine', owner: 'ann' });
    await one.leases.connect('mine');
    const outcomes = await Promise.all([
      ...Array.from({ length: 5 }, () => codeOf(one.leases.heartbeat('mine'))),
      codeOf(one.leases.disconnect('mine')),
    ]);
    expect(outcomes.at(-1)).to.equal('none');
    expect((await one.leases.get('mine'))?.status).to.equal('disconnected');
    await one.reap();
    expect(await state.reservations.tokens('fleet:{fleet}:amounts')).to.deep.equal([]);
  });

  it('take their slots again with a heartbeat when the store lost them', async () => {
    const { fleet: one, state } = fleet();
    await fixture.register('a', { maxBandwidthMbps: 50 });
    await one.leases.create({ id: 'mine', owner: 'ann', slots: 2 });
    await one.leases.connect('mine');
    const before = await fixture.used();
    for (const token of await state.reservations.tokens('fleet:{fleet}:amounts')) {
      await state.reservations.release('fleet:{fleet}:amounts', token);
    }
    await one.leases.heartbeat('mine');
    expect(await fixture.used()).to.deep.equal(before);
    await one.leases.disconnect('mine');
    expect((await fixture.used()).total ?? 0).to.equal(0);
  });

  describe('when the store fails in between', () => {
    const failure = new StateError('STATE_TIMEOUT', 'no answer in time', { ambiguous: true });

    it('give back what may have been taken, and can be asked for again', async () => {
      const { state } = fleet();
      await fixture.register('a');
      const broken = fixture.another(
        tampered(state, {
          reservations: {
            reserve: async (...given) => {
              await state.reservations.reserve(...given);
              throw failure;
            },
          },
        }),
      );
      expect(await codeOf(broken.leases.create({ id: 'mine', owner: 'ann' }))).to.equal('STATE_TIMEOUT');
      expect(await state.reservations.tokens('fleet:{fleet}:amounts')).to.deep.equal([]);
      expect((await fixture.fleet.leases.get('mine'))?.refused).to.equal('ABANDONED');
      expect((await fixture.fleet.leases.create({ id: 'mine', owner: 'ann' })).created).to.equal(true);
    });

    it('are found again by the id when only the answer was lost', async () => {
      const { state } = fleet();
      await fixture.register('a');
      let writes = 0;
      const broken = fixture.another(
        tampered(state, {
          records: {
            compareAndSet: async (...given) => {
              const result = await state.records.compareAndSet(...given);
              writes += 1;
              if (writes === 2) throw failure;
              return result;
            },
          },
        }),
      );
      expect(await codeOf(broken.leases.create({ id: 'mine', owner: 'ann' }))).to.equal('STATE_TIMEOUT');
      const { created, lease } = await broken.leases.create({ id: 'mine', owner: 'ann' });
      expect([created, lease.status]).to.deep.equal([false, 'granted']);
      expect((await fixture.used()).total).to.equal(1);
    });
  });

  it('leave the slots alone that a server has in use without leases', async () => {
    const { fleet: one } = fleet();
    await one.announce(() => describedServer('a', { maxSlots: 3, load: 2 }));
    expect(await codeOf(one.leases.create({ owner: 'ann' }))).to.equal('none');
    expect(await codeOf(one.leases.create({ owner: 'ann' }))).to.equal('NO_CAPACITY');
  });
});
