import { expect } from 'chai';
import { type RedisCluster, redisAvailable, startRedisCluster } from '../helpers/redis-servers.ts';
import { until } from '../helpers/runtime.ts';
import { StateLoad } from './state-load.ts';

const OUTAGE_MS = 1_000 * Number(process.env.CHAOS_OUTAGE_SECONDS ?? 60);
/** With a node timeout of 2 s, a Cluster replaces a master in some 4 s. */
const BACK_MS = 10_000;

async function pass(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe('the shared state on a Redis Cluster (redis-server) under 500 operations a second', function () {
  this.timeout(OUTAGE_MS + 120_000);
  let cluster: RedisCluster | undefined;
  let load: StateLoad;

  beforeEach(async function () {
    if (!redisAvailable()) return this.skip();
    cluster = await startRedisCluster();
    load = await StateLoad.start(cluster);
    await load.logIn();
    load.run();
    await pass(2_000);
    expect(load.problems).to.deep.equal([]);
  });

  afterEach(async () => {
    await load?.stop();
    await load?.close();
    await cluster?.stop();
    cluster = undefined;
  });

  it('keeps every promise while a master is killed, and is back within 10 s', async () => {
    const nodes = cluster as RedisCluster;
    const killedMs = performance.now();
    await nodes.kill(await nodes.masterOf('chaos:r:session:1'));
    await until('degraded', () => load.degradedMs.length > 0);
    expect(await load.wrongSessions(), 'during the failover').to.deep.equal([]);
    await load.untilBack(BACK_MS);
    const backMs = performance.now() - killedMs;
    expect(backMs).to.be.below(BACK_MS);
    await pass(3_000);
    await load.untilBack(BACK_MS);
    await load.stop();
    expect(load.problems.slice(0, 10)).to.deep.equal([]);
    expect(await load.wrongSessions(), 'after it').to.deep.equal([]);
    expect(await load.missingOnRedis()).to.deep.equal([]);
    const calls = load.latencies(killedMs, Number.POSITIVE_INFINITY);
    console.log(`      back ${Math.round(backMs)} ms after the kill; ms per operation: ${JSON.stringify(calls)}`);
    console.log(`      changes: ${load.degradedMs.length} × degraded, ${load.backMs.length} × back`);
  });

  it(`keeps every session through ${OUTAGE_MS / 1_000} s without any Redis`, async () => {
    const nodes = cluster as RedisCluster;
    const fromMs = performance.now();
    await Promise.all(nodes.servers.map((server) => server.kill()));
    const half = OUTAGE_MS / 2;
    await pass(half);
    expect(await load.wrongSessions(), 'during the outage').to.deep.equal([]);
    await pass(Math.max(0, OUTAGE_MS - (performance.now() - fromMs)));
    const toMs = performance.now();
    expect(load.problems.slice(0, 10)).to.deep.equal([]);
    await Promise.all(nodes.servers.map((server) => server.start()));
    await load.untilBack(40_000);
    const backMs = performance.now() - toMs;
    await pass(3_000);
    await load.stop();
    expect(load.problems.slice(0, 10)).to.deep.equal([]);
    expect(await load.wrongSessions(), 'after the outage').to.deep.equal([]);
    expect(await load.missingOnRedis()).to.deep.equal([]);
    const after = load.latencies(fromMs + 500, toMs);
    console.log(
      `      back ${Math.round(backMs)} ms after the restart; ms per operation meanwhile: ${JSON.stringify(after)}`,
    );
  });
});
