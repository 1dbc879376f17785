import { expect } from 'chai';
import type { LoadBalancer, LoadBalancerOptions } from '../../../src/scaling/gateway/index.ts';
import { limitRule } from '../../../src/scaling/gateway/limits/limit-rules.ts';
import { sharedLimits } from '../../../src/scaling/gateway/limits/shared-limits.ts';
import { LocalState } from '../../../src/scaling/state/embedded/local-state.ts';
import { rateLimit } from '../../../src/scaling/state/limits/index.ts';
import { ask } from './load.ts';
import { RawUpstream, startGateway } from './raw-upstream.ts';

describe('Gateway: limits by route', () => {
  let upstream: RawUpstream;
  let balancers: LoadBalancer[];

  beforeEach(async () => {
    upstream = await RawUpstream.start();
    balancers = [];
  });

  afterEach(async () => {
    await Promise.all(balancers.map((balancer) => balancer.close({ drainMs: 0 })));
    await upstream.stop();
  });

  async function start(limiter: LoadBalancerOptions['limiter']): Promise<number> {
    const { balancer, port } = await startGateway({ ...(limiter && { limiter }) }, upstream);
    balancers.push(balancer);
    return port;
  }

  it('written as text hold for their path, however it is spelled, and block as long as they say', async () => {
    const port = await start(sharedLimits(['/login=2/60:strict:300', '/=100/1'].map(limitRule), null));
    const targets = ['/login', '/LOGIN/', '/%6Cogin', '/x/..//login?a', '/logins', '/'];
    const answers = [];
    for (const target of targets) answers.push(await ask(port, 'GET', target));
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 429, 429, 200, 200]);
    expect(answers[0]?.text).to.contain('RateLimit-Limit: 2\r\nRateLimit-Remaining: 1\r\nRateLimit-Reset: 60\r\n');
    expect(answers[2]?.text).to.contain('RateLimit-Remaining: 0\r\n').and.to.contain('Retry-After: 300\r\n');
    expect(answers[4]?.text).to.contain('RateLimit-Limit: 100\r\n');
    expect(upstream.requests).to.have.length(4);
  });

  it('are one limit for all gateways that count on one state', async () => {
    const state = new LocalState({ memoryLimitBytes: 16 * 1_048_576 });
    const make = () => rateLimit(state, { name: 'shared', kind: 'standard', points: 3, durationMs: 60_000 });
    const ports = [await start([{ limit: make() }]), await start([{ limit: make() }])];
    const statuses: number[] = [];
    for (let index = 0; index < 5; index++) statuses.push((await ask(ports[index % 2] as number)).status);
    expect(statuses).to.deep.equal([200, 200, 200, 429, 429]);
    await state.close();
  });
});
