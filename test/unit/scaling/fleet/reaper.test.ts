import { expect } from 'chai';
import type { Reservations, SharedState } from '../../../../src/scaling/state/shared-state.ts';
import { codeOf, FleetFixture, tampered } from './fleet-fixtures.ts';

const AMOUNTS = 'fleet:{fleet}:amounts';

/** A promise, and what resolves it. */
function gate(): readonly [Promise<void>, () => void] {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return [opened, () => open()];
}

describe('the reaper of leases', () => {
  let fixture: FleetFixture;

  beforeEach(async () => {
    fixture = new FleetFixture({}, { leaseTtlMs: 20_000 });
    await fixture.register('a');
  });
  afterEach(() => fixture.close());

  /** A state whose process dies at the `nth` call of `name`, before it is done. */
  function dying(name: 'reserve' | 'release' | 'compareAndSet', nth = 1): SharedState {
    let calls = 0;
    const die = (): Promise<never> | undefined => {
      calls += 1;
      return calls >= nth ? Promise.reject(new Error('the process died')) : undefined;
    };
    const { records, reservations } = fixture.state;
    return tampered(fixture.state, {
      records: { compareAndSet: (...given) => (name === 'compareAndSet' && die()) || records.compareAndSet(...given) },
      reservations: {
        reserve: (...given) => (name === 'reserve' && die()) || reservations.reserve(...given),
        release: (...given) => (name === 'release' && die()) || reservations.release(...given),
      },
    });
  }

  const tokens = (): Promise<readonly string[]> => fixture.state.reservations.tokens(AMOUNTS);

  it('ends leases whose heartbeats stay away and frees their slots, and no others', async () => {
    const { leases } = fixture.fleet;
    await leases.create({ id: 'granted', owner: 'ann' });
    await leases.create({ id: 'connected', owner: 'ann' });
    await leases.connect('connected');
    await leases.create({ id: 'beating', owner: 'ann' });
    await leases.connect('beating');
    fixture.pass(15_000);
    await leases.heartbeat('beating');
    fixture.pass(5_000);
    expect(await fixture.fleet.reap()).to.deep.equal({ expired: 2, released: 0 });
    expect((await fixture.used()).total).to.equal(1);
    expect((await leases.get('granted'))?.status).to.equal('expired');
    expect((await leases.get('connected'))?.status).to.equal('expired');
    expect((await leases.heartbeat('beating')).status).to.equal('connected');
    expect(await fixture.fleet.reap()).to.deep.equal({ expired: 0, released: 0 });
  });

  it('frees once what ten sweeps at a time find', async () => {
    for (let owner = 0; owner < 5; owner += 1) await fixture.fleet.leases.create({ owner: `o${owner}` });
    fixture.pass(20_000);
    const sweeps = await Promise.all(Array.from({ length: 10 }, () => fixture.another(fixture.state).reap()));
    expect(sweeps.reduce((sum, { expired }) => sum + expired, 0)).to.equal(5);
    expect((await fixture.used()).total ?? 0).to.equal(0);
  });

  it('loses to a heartbeat that came first', async () => {
    await fixture.fleet.leases.create({ id: 'mine', owner: 'ann' });
    await fixture.fleet.leases.connect('mine');
    const slow = fixture.another(
      tampered(fixture.state, {
        records: {
          read: async (...given) => {
            const overdue = await fixture.state.records.read(...given);
            await fixture.fleet.leases.heartbeat('mine');
            return overdue === undefined ? undefined : { ...overdue, ttlMs: 1 };
          },
        },
      }),
    );
    expect(await slow.reap()).to.deep.equal({ expired: 0, released: 0 });
    expect((await fixture.fleet.leases.get('mine'))?.status).to.equal('connected');
    expect(await tokens()).to.have.length(1);
  });

  it('frees what a disconnect that died in between did not give back', async () => {
    await fixture.fleet.leases.create({ id: 'mine', owner: 'ann' });
    const dead = fixture.another(dying('release'));
    expect(await codeOf(dead.leases.disconnect('mine'))).to.equal(undefined);
    expect(await tokens()).to.have.length(1);
    expect(await fixture.fleet.reap()).to.deep.equal({ expired: 0, released: 1 });
    expect(await tokens()).to.deep.equal([]);
  });

  it('frees what a create took that died before it could say so', async () => {
    const dead = fixture.another(dying('compareAndSet', 2));
    expect(await codeOf(dead.leases.create({ id: 'mine', owner: 'ann' }))).to.equal(undefined);
    expect(await fixture.fleet.reap()).to.deep.equal({ expired: 0, released: 0 });
    fixture.pass(10_000);
    expect(await fixture.fleet.reap()).to.deep.equal({ expired: 1, released: 0 });
    expect(await tokens()).to.deep.equal([]);
    expect(
      (await fixture.fleet.leases.create({ id: 'mine', owner: 'ann' })).lease.history.map(({ status }) => status),
    ).to.deep.equal(['requested', 'refused', 'requested', 'granted']);
  });

  describe('after a straggler, which reserves only when its attempt was given up and the id was asked for again', () => {
    /** What the straggler's create fails with; `over` is what else its store does. */
    async function straggle(over: Partial<Reservations>): Promise<string> {
      const { reservations } = fixture.state;
      const [held, letGo] = gate();
      const [reserving, arrived] = gate();
      const reserve: Reservations['reserve'] = async (...given) => {
        arrived();
        await held;
        return reservations.reserve(...given);
      };
      const straggler = fixture.another(tampered(fixture.state, { reservations: { reserve, ...over } }));
      const late = codeOf(straggler.leases.create({ id: 'mine', owner: 'ann' }));
      await reserving;
      fixture.pass(10_000);
      await fixture.fleet.leases.create({ id: 'mine', owner: 'ann' });
      letGo();
      return late;
    }

    it('has nothing to do when that gave back what it took', async () => {
      expect(await straggle({})).to.equal('LEASE_BUSY');
      expect(await tokens()).to.have.length(1);
      expect((await fixture.fleet.leases.connect('mine')).status).to.equal('connected');
    });

    it('frees what that took when it died, and leaves the later attempt alone', async () => {
      await straggle({ release: () => Promise.reject(new Error('the process died')) });
      expect(await tokens()).to.have.length(2);
      await fixture.fleet.reap();
      expect(await fixture.fleet.reap()).to.deep.equal({ expired: 0, released: 1 });
      expect(await tokens()).to.have.length(1);
      expect((await fixture.fleet.leases.connect('mine')).status).to.equal('connected');
      expect((await fixture.used()).total).to.equal(1);
    });
  });

  it('waits for a second look before it frees what no lease names, because who answered may be behind', async () => {
    await fixture.fleet.leases.create({ id: 'mine', owner: 'ann' });
    let behind = true;
    const { records } = fixture.state;
    const reader = fixture.another(
      tampered(fixture.state, {
        records: { read: (...given) => (behind ? Promise.resolve(undefined) : records.read(...given)) },
      }),
    );
    expect(await reader.reap()).to.deep.equal({ expired: 0, released: 0 });
    behind = false;
    expect(await reader.reap()).to.deep.equal({ expired: 0, released: 0 });
    behind = true;
    expect(await reader.reap()).to.deep.equal({ expired: 0, released: 0 });
    expect(await reader.reap()).to.deep.equal({ expired: 0, released: 1 });
  });

  it('goes on past a record that is no lease, and frees what it held', async () => {
    await fixture.fleet.leases.create({ id: 'odd', owner: 'ann' });
    await fixture.fleet.leases.create({ id: 'mine', owner: 'ann' });
    for (const [version, value] of [
      [3, 'not json'],
      [4, 'null'],
      [5, '{"token":"x","status":{"kind":"toString"},"wish":{"owner":"ann"},"keepMs":1}'],
    ] as const) {
      await fixture.state.records.setIfNewer('fleet:{fleet}:lease:odd', version, value, { ttlMs: 60_000 });
      expect(await fixture.fleet.leases.get('odd'), value).to.equal(undefined);
    }
    await fixture.fleet.reap();
    expect(await fixture.fleet.reap()).to.deep.equal({ expired: 0, released: 1 });
    expect((await fixture.used()).total).to.equal(1);
  });

  it('looks four times per TTL, one process in its turn', async () => {
    const other = fixture.another(fixture.state);
    fixture.fleet.startReaper();
    expect(fixture.scheduler.tasks.get('fleet leases')?.periodMs).to.equal(5_000);
    await fixture.fleet.leases.create({ owner: 'ann' });
    await fixture.scheduler.run('fleet leases');
    fixture.pass(20_000);
    await fixture.scheduler.run('fleet leases');
    expect(await tokens()).to.deep.equal([]);
    await fixture.fleet.leases.create({ owner: 'ann' });
    fixture.pass(4_499);
    other.startReaper();
    const key = 'fleet:{fleet}:reaper';
    expect(await fixture.state.get(key)).to.not.equal(undefined);
    fixture.pass(1);
    expect(await fixture.state.get(key)).to.equal(undefined);
    await other.stop();
    expect([...fixture.scheduler.tasks.keys()]).to.deep.equal([]);
  });

  it('gets through more leases than it looks at together', async () => {
    await fixture.register('b', { maxSlots: 500 });
    await Promise.all(Array.from({ length: 200 }, () => fixture.fleet.leases.create({ owner: 'ann' })));
    fixture.pass(20_000);
    expect(await fixture.fleet.reap()).to.deep.equal({ expired: 200, released: 0 });
    expect((await fixture.used()).total ?? 0).to.equal(0);
  });
});
