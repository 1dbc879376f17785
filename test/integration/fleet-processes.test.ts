import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { createFleet, DEFAULT_FLEET_SETTINGS, type Fleet, type FleetSettings } from '../../src/scaling/fleet/index.ts';
import { StateServer } from '../../src/scaling/state/embedded/state-server.ts';
import type { SharedState } from '../../src/scaling/state/shared-state.ts';
import { redisAvailable, startRedisCluster } from '../helpers/redis-servers.ts';
import { until } from '../helpers/runtime.ts';
import type { CreateOrder, MemberReport, MemberStart, StateAddress } from './fleet-member.ts';
import { openState } from './fleet-member.ts';

const MEMBER = fileURLToPath(new URL('./fleet-member.js', import.meta.url));
const SERVER_TTL_MS = 2_000;

/** Where the fleet of a test lives, and how that ends. */
interface Store {
  readonly address: StateAddress;
  readonly stop: () => Promise<void>;
}

async function embedded(): Promise<Store> {
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-fleet-'));
  const socketPath = path.join(directory, 'state.sock');
  const server = new StateServer({ socketPath, memoryLimitBytes: 32 * 1024 * 1024, onFault: () => {} });
  await server.listen();
  const stop = async (): Promise<void> => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return { address: { socketPath }, stop };
}

async function redisCluster(): Promise<Store> {
  const cluster = await startRedisCluster();
  const plain = { password: '', db: 0, tls: false, readReplicas: false, commandTimeoutMs: 2_000 };
  const address = { redis: { nodes: cluster.nodes, cluster: true, ...plain }, keyPrefix: 'fleet-test:' };
  return { address, stop: () => cluster.stop() };
}

const STORES: readonly { readonly title: string; readonly redis: boolean; readonly start: () => Promise<Store> }[] = [
  { title: 'the embedded store', redis: false, start: embedded },
  { title: 'a Redis Cluster (redis-server)', redis: true, start: redisCluster },
];

for (const { title, redis, start } of STORES) {
  describe(`a fleet of processes on ${title}`, function () {
    this.timeout(40_000);
    let store: Store;
    let state: SharedState;
    let fleet: Fleet;
    let settings: FleetSettings;
    const members = new Set<ChildProcess>();
    let fleets = 0;

    before(async function () {
      if (redis && !redisAvailable()) this.skip();
      store = await start();
      state = await openState(store.address);
    });
    after(async () => {
      await state?.close();
      await store?.stop();
    });
    beforeEach(() => use({}));
    afterEach(async () => {
      await Promise.all([...members].map((child) => kill(child)));
      await fleet.stop();
    });

    /** A fleet of its own for each test. */
    function use(over: Partial<FleetSettings>): void {
      fleets += 1;
      settings = { ...DEFAULT_FLEET_SETTINGS, name: `test-${fleets}`, serverTtlMs: SERVER_TTL_MS, ...over };
      fleet = createFleet(state, settings);
    }

    async function member(server: MemberStart['server']): Promise<ChildProcess> {
      const given: MemberStart = { state: store.address, settings, server };
      const child = fork(MEMBER, { env: { ...process.env, FLEET_MEMBER: JSON.stringify(given) } });
      members.add(child);
      const [message] = (await once(child, 'message')) as [MemberReport];
      expect(message).to.deep.equal({ ready: true });
      return child;
    }

    async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
      members.delete(child);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const end = once(child, 'exit');
      child.kill(signal);
      await end;
    }

    /** What each of the processes is told at the same time to create, and what became of it. */
    async function createFrom(children: readonly ChildProcess[], create: number, owner: string): Promise<string[]> {
      const reports = children.map(async (child) => {
        const report = once(child, 'message');
        child.send({ create, owner } satisfies CreateOrder);
        const [message] = (await report) as [{ readonly codes: readonly string[] }];
        return message.codes;
      });
      return (await Promise.all(reports)).flat();
    }

    const count = (codes: readonly string[], code: string): number => codes.filter((each) => each === code).length;
    const ids = async (): Promise<string[]> => (await fleet.getFleetStats()).servers.map(({ id }) => id);

    it(`loses one that was killed with SIGKILL after its TTL of ${SERVER_TTL_MS} ms, and one that ends in order at once`, async () => {
      const [doomed, living] = await Promise.all([
        member({ id: 'doomed', maxSlots: 10 }),
        member({ id: 'living', maxSlots: 10 }),
      ]);
      expect(await fleet.getFleetStats()).to.include({ serverCount: 2, totalCapacity: 20 });
      await kill(doomed as ChildProcess);
      await until('the killed server gone', async () => (await ids()).join() === 'living', SERVER_TTL_MS * 3);
      expect(await fleet.getFleetStats()).to.include({ serverCount: 1, totalCapacity: 10 });
      expect(await fleet.getBestServer()).to.include({ id: 'living' });
      await kill(living as ChildProcess, 'SIGTERM');
      expect(await ids()).to.deep.equal([]);
    });

    it('grants exactly 10 of 50 leases that two processes ask for at once, and 10 again when no heartbeats came', async () => {
      use({ leaseTtlMs: 3_000 });
      const children = await Promise.all([member({ id: 'a', maxSlots: 4 }), member({ id: 'b', maxSlots: 6 })]);
      const codes = await createFrom(children, 25, 'ann');
      expect([count(codes, 'granted'), count(codes, 'NO_CAPACITY'), codes.length]).to.deep.equal([10, 40, 50]);
      expect(await state.reservations.used(`fleet:{${settings.name}}:amounts`)).to.deep.equal({
        'owner:ann': 10,
        total: 10,
        'server:a': 4,
        'server:b': 6,
      });
      expect(await fleet.getCapacity()).to.include({ hasCapacity: false, availableSlots: 0, code: 'NO_CAPACITY' });
      await until('the slots free again', async () => (await fleet.getCapacity()).availableSlots === 10);
      expect(count(await createFrom(children, 25, 'ann'), 'granted')).to.equal(10);
    });

    it('holds the reserved percent and the quotas against two processes', async () => {
      use({ limits: { ...DEFAULT_FLEET_SETTINGS.limits, totalSlots: 30, reservedPercent: 20, slotsPerOwner: 15 } });
      const children = await Promise.all([member({ id: 'a', maxSlots: 20 }), member({ id: 'b', maxSlots: 20 })]);
      const ann = await createFrom(children, 20, 'ann');
      expect([count(ann, 'granted'), count(ann, 'QUOTA_EXCEEDED')]).to.deep.equal([15, 25]);
      const bob = await createFrom(children, 20, 'bob');
      expect([count(bob, 'granted'), count(bob, 'NO_CAPACITY')]).to.deep.equal([9, 31]);
      expect(await fleet.getCapacity()).to.include({ activeSlots: 24, totalCapacity: 30, availableSlots: 0 });
    });

    it('refuses with a code while no server is known', async () => {
      const code = await fleet.leases.create({ owner: 'ann' }).then(
        () => 'granted',
        (error: { readonly code: string }) => error.code,
      );
      expect(code).to.equal('CAPACITY_UNKNOWN');
    });
  });
}
