import { expect } from 'chai';
import { type RedisCluster, redisAvailable, startRedisCluster } from '../helpers/redis-servers.ts';
import { until } from '../helpers/runtime.ts';
import { StateLoad } from './state-load.ts';

const PARTITION_MS = 8_000;
const AFTER_DETECTION_MS = 50;

async function pass(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe('two of three masters of a Redis Cluster (redis-server) hang', function () {
  this.timeout(120_000);
  let cluster: RedisCluster | undefined;
  let load: StateLoad | undefined;

  before(async function () {
    if (!redisAvailable()) return this.skip();
    cluster = await startRedisCluster();
    load = await StateLoad.start(cluster);
    await load.logIn();
    load.run();
    await pass(2_000);
  });

  after(async () => {
    for (const server of cluster?.servers ?? []) server.resume();
    await load?.stop();
    await load?.close();
    await cluster?.stop();
  });

  it('the embedded store answers within 50 ms, says so, and nothing written meanwhile is lost', async () => {
    const nodes = cluster as RedisCluster;
    const running = load as StateLoad;
    const quiet = running.latencies(0, Number.POSITIVE_INFINITY);
    const hung = (await nodes.masters()).slice(0, 2);
    const pausedMs = performance.now();
    for (const port of hung) nodes.pause(port);
    await until('both workers degraded', () => running.degradedMs.length >= 2);
    const detectedMs = performance.now();
    expect(running.workers[0]?.status().reason).to.match(/^the embedded store stands in for Redis/);
    await pass(PARTITION_MS);
    const resumedMs = performance.now();
    for (const port of hung) nodes.resume(port);
    const degraded = running.latencies(detectedMs, resumedMs);
    await running.untilBack(30_000);
    const backMs = performance.now() - resumedMs;
    await pass(3_000);
    await running.untilBack(10_000);
    await running.stop();

    const detecting = running.latencies(pausedMs, detectedMs);
    console.log(`      ms per operation: healthy ${JSON.stringify(quiet)}`);
    console.log(`      ${Math.round(detectedMs - pausedMs)} ms of detection ${JSON.stringify(detecting)}`);
    console.log(`      degraded ${JSON.stringify(degraded)}; back ${Math.round(backMs)} ms after the end`);
    expect(running.problems.slice(0, 10)).to.deep.equal([]);
    expect(degraded.count).to.be.above(1_000);
    expect(degraded.p99).to.be.below(AFTER_DETECTION_MS);
    expect(await running.wrongSessions()).to.deep.equal([]);
    expect(await running.missingOnRedis()).to.deep.equal([]);
  });
});
