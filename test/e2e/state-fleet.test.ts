import { expect } from 'chai';
import { type RedisServer, redisAvailable, startRedis } from '../helpers/redis-servers.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import { endWell, onRedis, startStateApp } from '../helpers/state-app.ts';

const SLOTS_PER_MACHINE = 5;

interface Stats {
  readonly serverCount: number;
  readonly totalCapacity: number;
  readonly servers: readonly { readonly id: string; readonly leasedSlots: number }[];
}

describe('two machines on one Redis (redis-server)', function () {
  this.timeout(60_000);
  let redis: RedisServer;
  const machines: Runtime[] = [];

  before(async function () {
    if (!redisAvailable()) return this.skip();
    redis = await startRedis();
    for (const id of ['machine-1', 'machine-2']) {
      const env = { FLEET_TTL_MS: '2000', MAX_SLOTS_PER_SERVER: String(SLOTS_PER_MACHINE), SERVER_ID: id };
      machines.push(await startStateApp({ workers: 1, env: { ...onRedis(redis), ...env } }));
    }
  });
  after(async () => {
    await Promise.all(machines.map((machine) => machine.kill()));
    await redis?.stop();
  });

  const statsOf = async (machine: Runtime): Promise<Stats> =>
    (await machine.api<Stats>('GET', '/api/v1/admin/fleet-stats')).body;

  it('grant exactly the free slots to 50 requests at once, over both control APIs', async () => {
    for (const machine of machines) {
      await until('both know both', async () => (await statsOf(machine)).totalCapacity === 2 * SLOTS_PER_MACHINE);
    }
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (machines[index % 2] as Runtime).api<{ code?: string; status: unknown }>('POST', '/api/v1/instances', {
          owner: `owner-${index}`,
        }),
      ),
    );
    const granted = answers.filter(({ status, body }) => status === 201 && body.status === 'granted');
    const refused = answers.filter(({ status, body }) => status === 409 && body.code === 'NO_CAPACITY');
    expect([granted.length, refused.length]).to.deep.equal([2 * SLOTS_PER_MACHINE, 50 - 2 * SLOTS_PER_MACHINE]);
    const { servers } = await statsOf(machines[1] as Runtime);
    expect(servers.map(({ leasedSlots }) => leasedSlots)).to.deep.equal([SLOTS_PER_MACHINE, SLOTS_PER_MACHINE]);
  });

  it('forget the one that was killed after its time, and goes on with the other', async () => {
    const [stays, goes] = machines as [Runtime, Runtime];
    await goes.kill();
    // Its last heartbeat may be as young as the kill; the rest is for a busy machine.
    await until('one server', async () => (await statsOf(stays)).serverCount === 1, 2_000 + 1_000);
    const { totalCapacity, servers } = await statsOf(stays);
    expect(totalCapacity).to.equal(SLOTS_PER_MACHINE);
    expect(servers.map(({ id }) => id)).to.deep.equal(['machine-1']);
    await endWell(stays);
  });
});
