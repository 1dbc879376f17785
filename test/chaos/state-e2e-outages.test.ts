import { expect } from 'chai';
import type { DependencyHealth } from '../../src/scaling/health-monitor.ts';
import { type RedisCluster, redisAvailable, startRedisCluster } from '../helpers/redis-servers.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import { metricOf, onCluster, startStateApp } from '../helpers/state-app.ts';
import { StateUsers } from '../helpers/state-users.ts';
import { report } from './state-report.ts';

const OUTAGE_MS = 1_000 * Number(process.env.CHAOS_OUTAGE_SECONDS ?? 60);
const USERS = 1_000;
const REQUESTS_PER_SECOND = 500;
const BACK_MS = 10_000;

interface Health {
  readonly status: string;
  readonly dependencies: { readonly redis?: DependencyHealth };
}

interface RedisStatus {
  readonly degradedSinceMs: number | null;
  readonly reason: string | null;
}

async function pass(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe(`${USERS} users of an app on a Redis Cluster (redis-server), ${REQUESTS_PER_SECOND} requests a second`, function () {
  this.timeout(OUTAGE_MS + 120_000);
  let cluster: RedisCluster;
  let runtime: Runtime;
  let users: StateUsers;

  beforeEach(async function () {
    if (!redisAvailable()) return this.skip();
    cluster = await startRedisCluster();
    runtime = await startStateApp({ env: onCluster(cluster) });
    users = new StateUsers(runtime);
    await users.logIn(USERS);
    users.run(REQUESTS_PER_SECOND);
    const fromMs = performance.now();
    await pass(3_000);
    expect(users.errors).to.deep.equal([]);
    report('in quiet', users.latencies(fromMs));
  });

  afterEach(async () => {
    await users?.stop();
    users?.close();
    await runtime?.kill();
    await cluster?.stop();
  });

  const degraded = async (): Promise<boolean> => {
    const { status, dependencies } = (await runtime.api<Health>('GET', '/health')).body;
    const { degradedSinceMs, reason } = (await runtime.api<RedisStatus>('GET', '/redis/status')).body;
    if (dependencies.redis?.level !== 'warning') return false;
    expect(status).to.not.equal('ok');
    expect(degradedSinceMs).to.be.a('number');
    expect(reason).to.be.a('string');
    return true;
  };
  /** Every worker's figure is in it: the largest. */
  const workersDegraded = async (): Promise<boolean> => {
    return (await metricOf(runtime, 'tidegate_shared_state_degraded')) > 0;
  };
  const back = async (): Promise<boolean> => {
    const { degradedSinceMs } = (await runtime.api<RedisStatus>('GET', '/redis/status')).body;
    const { dependencies } = (await runtime.api<Health>('GET', '/health')).body;
    return degradedSinceMs === null && dependencies.redis?.level === 'ok' && !(await workersDegraded());
  };
  const nothingWrong = async (when: string): Promise<void> => {
    expect(await users.wrong(), when).to.deep.equal([]);
    expect(users.errors.slice(0, 10), when).to.deep.equal([]);
  };

  it('are served without an error while a master is killed, and the app is back on the cluster within 10 s', async () => {
    const killedMs = performance.now();
    await cluster.kill(Number((await cluster.masters())[0]));
    await until('degraded in /health and /redis/status', degraded);
    const detectedMs = performance.now();
    report('told by /health, ms after the kill', detectedMs - killedMs);
    const backAt = async (): Promise<number> => {
      await until('back', back, BACK_MS);
      return performance.now();
    };
    const [backMs] = await Promise.all([backAt(), nothingWrong('during the failover')]);
    report('back, ms after the kill', backMs - killedMs);
    report('the first second', users.latencies(killedMs, killedMs + 1_000));
    report('from then until it was back', users.latencies(killedMs + 1_000, backMs));
    expect(backMs - killedMs).to.be.below(BACK_MS);
    await pass(2_000);
    await users.stop();
    await nothingWrong('after it');
    expect(users.resets).to.deep.equal([]);
  });

  it('are served without an error while two of three masters hang', async () => {
    const pausedMs = performance.now();
    const [first, second] = await cluster.masters();
    cluster.pause(Number(first));
    cluster.pause(Number(second));
    await until('degraded in /health and /redis/status', degraded);
    report('told by /health, ms after they stopped', performance.now() - pausedMs);
    await nothingWrong('while they hang');
    await pass(6_000);
    const resumedMs = performance.now();
    expect(await degraded()).to.equal(true);
    cluster.resume(Number(first));
    cluster.resume(Number(second));
    await until('back', back, BACK_MS);
    const backMs = performance.now();
    report('back, ms after they went on', backMs - resumedMs);
    report('the first second', users.latencies(pausedMs, pausedMs + 1_000));
    report('from then until they went on', users.latencies(pausedMs + 1_000, resumedMs));
    await pass(2_000);
    await users.stop();
    await nothingWrong('after it');
    expect(users.resets).to.deep.equal([]);
  });

  it(`stay logged in through ${OUTAGE_MS / 1_000} s without any Redis`, async () => {
    const killedMs = performance.now();
    await Promise.all(cluster.servers.map((server) => server.kill()));
    await until('degraded in /health and /redis/status', degraded);
    await nothingWrong('at once');
    await pass(OUTAGE_MS - (performance.now() - killedMs));
    await nothingWrong('at its end');
    const restartMs = performance.now();
    await Promise.all(cluster.servers.map((server) => server.start()));
    await until('back', back, 40_000);
    const backMs = performance.now();
    report('back, ms after the restart', backMs - restartMs);
    report('the first second', users.latencies(killedMs, killedMs + 1_000));
    report('from then until the restart', users.latencies(killedMs + 1_000, restartMs));
    await pass(2_000);
    await users.stop();
    await nothingWrong('after it');
    expect(users.resets).to.deep.equal([]);
  });
});
