import { expect } from 'chai';
import type { LoadBalancer, LoadBalancerOptions } from '../../src/scaling/gateway/index.ts';
import { rateLimit } from '../../src/scaling/state/limits/index.ts';
import { RedisState } from '../../src/scaling/state/redis/redis-state.ts';
import { type RedisServer, redisAvailable, startRedis } from '../helpers/redis-server.ts';
import type { Runtime } from '../helpers/runtime.ts';
import { startQuiet } from '../helpers/zero-loss.ts';
import { RawUpstream, startGateway } from '../integration/gateway/raw-upstream.ts';
import { openRedis } from '../integration/state/open-redis.ts';
import { AddressFlood } from './gateway-flood.ts';

const ALLOWED = 20;
const OFFERED = 200;
const SECONDS = 30;
const OTHERS = ['127.0.0.3', '127.0.0.4', '127.0.0.5'];

describe('one address that asks for ten times its limit', function () {
  this.timeout(120_000);
  const ends: (() => Promise<unknown>)[] = [];
  let upstream: RawUpstream;

  beforeEach(async () => {
    upstream = await RawUpstream.start();
    ends.push(() => upstream.stop());
  });

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function gateway(limiter: LoadBalancerOptions['limiter']): Promise<number> {
    const started: { balancer: LoadBalancer; port: number } = await startGateway(
      { ...(limiter && { limiter }) },
      upstream,
    );
    ends.push(() => started.balancer.close({ drainMs: 0 }));
    return started.port;
  }

  /** 30 s of the flood and of others that keep within their limits. */
  async function expectLimited(ports: readonly number[]): Promise<void> {
    const attacker = new AddressFlood('127.0.0.2', ports, ALLOWED);
    const others = OTHERS.map((address) => new AddressFlood(address, ports, ALLOWED));
    await Promise.all([attacker.run(OFFERED, SECONDS), ...others.map((other) => other.run(ALLOWED / 2, SECONDS))]);
    const limit = ALLOWED * SECONDS;
    expect(attacker.tally).to.include({ offered: OFFERED * SECONDS, other: 0, badHeaders: 0 });
    expect(attacker.tally.accepted).to.be.within(limit * 0.95, limit * 1.05);
    for (const { tally } of others) {
      const offered = (ALLOWED / 2) * SECONDS;
      expect(tally).to.deep.equal({ offered, accepted: offered, refused: 0, other: 0, badHeaders: 0 });
    }
  }

  it('gets what it may have, counted in the gateway', async () => {
    await expectLimited([await gateway({ ratePerSecond: ALLOWED, burst: ALLOWED })]);
  });

  it('gets no more from two gateways that count on one Redis (redis-server)', async function () {
    if (!redisAvailable()) this.skip();
    const server: RedisServer = await startRedis();
    ends.push(() => server.stop());
    const store = await openRedis(RedisState, { nodes: [{ host: server.host, port: server.port }] });
    ends.push(() => store.close());
    const limits = [store.state, store.another].map((state) =>
      rateLimit(state, { name: 'flood', kind: 'standard', points: ALLOWED, durationMs: 1_000 }),
    );
    await expectLimited(await Promise.all(limits.map((limit) => gateway([{ path: '/', limit }]))));
  });

  it('gets no more from the two gateway processes of a runtime', async () => {
    const runtime: Runtime = await startQuiet('slow.cjs', {
      algorithm: 'least-connections',
      env: { LB_MODE: 'http', GATEWAY_PROCESSES: '2', LB_RATE_LIMITS: `/=${ALLOWED}/1` },
    });
    ends.push(() => runtime.stop());
    await expectLimited([runtime.port]);
  });
});
