import { expect } from 'chai';
import { codeOf, describedServer, FleetFixture } from './fleet-fixtures.ts';

describe('the fleet registry', () => {
  let fixture: FleetFixture;

  beforeEach(() => {
    fixture = new FleetFixture({}, { serverTtlMs: 3_000 });
  });
  afterEach(() => fixture.close());

  const ids = async (): Promise<string[]> => (await fixture.fleet.getFleetStats()).servers.map(({ id }) => id);

  it('shows a server as it described itself, with what is taken of it', async () => {
    await fixture.fleet.announce(() => describedServer('a', { load: 4, maxBandwidthMbps: 100 }));
    expect(await fixture.fleet.getServer('a')).to.deep.equal({
      ...describedServer('a', { load: 4, maxBandwidthMbps: 100 }),
      source: 'heartbeat',
      ttlMs: 3_000,
      seenAtMs: fixture.nowMs,
      leasedSlots: 0,
      activeSlots: 4,
      leasedBandwidthMbps: 0,
      utilizationPercent: 40,
    });
    expect(await fixture.fleet.getServer('b')).to.equal(undefined);
  });

  it('loses a server that is silent for its TTL, and has it again with its next word', async () => {
    await fixture.fleet.announce(() => describedServer('a'));
    await fixture.fleet.registerServer(describedServer('b'));
    fixture.pass(2_000);
    await fixture.scheduler.run('fleet heartbeat');
    expect(await ids()).to.deep.equal(['a', 'b']);
    fixture.pass(1_001);
    expect(await ids()).to.deep.equal(['a']);
    fixture.pass(2_000);
    expect(await ids()).to.deep.equal([]);
    await fixture.scheduler.run('fleet heartbeat');
    expect(await ids()).to.deep.equal(['a']);
  });

  it('hears of a server three times per TTL, with the figures of the moment', async () => {
    let load = 1;
    await fixture.fleet.announce(() => describedServer('a', { load }));
    expect(fixture.scheduler.tasks.get('fleet heartbeat')?.periodMs).to.equal(1_000);
    load = 7;
    await fixture.scheduler.run('fleet heartbeat');
    expect((await fixture.fleet.getFleetStats()).totalLoad).to.equal(7);
  });

  it('forgets the name of a server that was gone for another TTL', async () => {
    const names = (): Promise<readonly string[]> => fixture.state.setMembers('fleet:{fleet}:servers');
    await fixture.fleet.registerServer(describedServer('a'));
    fixture.pass(3_001);
    expect(await ids()).to.deep.equal([]);
    fixture.pass(2_999);
    await ids();
    expect(await names()).to.deep.equal(['a']);
    fixture.pass(1);
    await ids();
    expect(await names()).to.deep.equal([]);
  });

  it('lets a server that leaves in order go at once, and ends its heartbeats', async () => {
    const announcement = await fixture.fleet.announce(() => describedServer('a'));
    const late = announcement.beat();
    await announcement.stop();
    await late;
    await announcement.beat();
    expect(await ids()).to.deep.equal([]);
    expect([...fixture.scheduler.tasks.keys()]).to.deep.equal([]);
  });

  it('keeps a server that was registered by hand for the time that was named', async () => {
    expect((await fixture.fleet.registerServer({ ...describedServer('a'), ttlMs: 86_400_000 })).created).to.equal(true);
    fixture.pass(86_399_999);
    expect((await fixture.fleet.registerServer({ ...describedServer('a'), ttlMs: 86_400_000 })).created).to.equal(
      false,
    );
    fixture.pass(86_399_999);
    expect(await ids()).to.deep.equal(['a']);
    expect((await fixture.fleet.removeServer('a')).source).to.equal('api');
    expect(await ids()).to.deep.equal([]);
    expect(await codeOf(fixture.fleet.removeServer('a'))).to.equal('SERVER_NOT_FOUND');
  });

  it('lets nobody register or remove by hand what registers itself', async () => {
    await fixture.fleet.announce(() => describedServer('a', { maxSlots: 3 }));
    expect(await codeOf(fixture.fleet.registerServer(describedServer('a')))).to.equal('SERVER_REGISTERS_ITSELF');
    expect(await codeOf(fixture.fleet.removeServer('a'))).to.equal('SERVER_REGISTERS_ITSELF');
    expect((await fixture.fleet.getServer('a'))?.maxSlots).to.equal(3);
  });

  it('tells of a heartbeat that failed, and goes on', async () => {
    let port = -1;
    await fixture.fleet.announce(() => describedServer('a', { port }));
    expect(fixture.errors).to.deep.equal(['fleet heartbeat: port: -1 given, allowed is a TCP port']);
    port = 80;
    await fixture.scheduler.run('fleet heartbeat');
    expect(await ids()).to.deep.equal(['a']);
  });

  it('keeps fleets of different names apart', async () => {
    const other = new FleetFixture({}, { name: 'other' });
    await fixture.fleet.registerServer(describedServer('a'));
    await other.another(fixture.state).registerServer(describedServer('b'));
    expect(await ids()).to.deep.equal(['a']);
    await other.close();
  });

  it('counts a server whose entry cannot be read as none', async () => {
    await fixture.fleet.registerServer(describedServer('a'));
    await fixture.state.set('fleet:{fleet}:server:a', 'not json');
    expect(await ids()).to.deep.equal([]);
    expect((await fixture.fleet.getCapacity()).code).to.equal('CAPACITY_UNKNOWN');
  });
});
