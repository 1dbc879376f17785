import { expect } from 'chai';
import {
  type AccessEntry,
  ForwardedIdentity,
  type LimitVerdict,
  type LoadBalancer,
} from '../../../src/scaling/gateway/index.ts';
import { ask } from './load.ts';
import { RawUpstream, startGateway } from './raw-upstream.ts';

const SECRET = 'a secret of 24 characters';
const SESSIONS = 500;

describe('Gateway: affinity, limits, log', () => {
  let upstreams: RawUpstream[];
  let balancer: LoadBalancer;

  beforeEach(async () => {
    upstreams = await Promise.all(Array.from({ length: 4 }, () => RawUpstream.start()));
    upstreams.forEach((upstream, index) => {
      upstream.answer = () => `HTTP/1.1 200 OK\r\nX-Worker: ${index}\r\nContent-Length: 0\r\n\r\n`;
    });
  });

  afterEach(async () => {
    await balancer.close({ drainMs: 0 });
    await Promise.all(upstreams.map((upstream) => upstream.stop()));
  });

  function workerOf(text: string): number {
    return Number(/X-Worker: (\d)/.exec(text)?.[1]);
  }

  function cookieOf(text: string): string | undefined {
    return /Set-Cookie: ([^;]*)/.exec(text)?.[1];
  }

  it('500 sessions with a cookie stay where they are when a worker is added', async () => {
    const started = await startGateway({ affinity: { by: 'cookie', secret: SECRET } }, ...upstreams.slice(0, 3));
    balancer = started.balancer;
    const sessions: { worker: number; cookie: string }[] = [];
    for (let index = 0; index < SESSIONS; index++) {
      const { text } = await ask(started.port);
      sessions.push({ worker: workerOf(text), cookie: cookieOf(text) as string });
    }
    expect(new Set(sessions.map(({ worker }) => worker)).size).to.equal(3);
    balancer.addUpstream({ port: (upstreams[3] as RawUpstream).port });
    for (const { worker, cookie } of sessions) {
      const { text } = await ask(started.port, 'GET', '/', `Cookie: a=b; ${cookie}\r\n`);
      expect(workerOf(text)).to.equal(worker);
      expect(cookieOf(text)).to.equal(undefined);
    }
  });

  it('a session whose worker dies is served elsewhere by the same request, and stays there', async () => {
    const started = await startGateway({ affinity: { by: 'cookie', secret: SECRET } }, ...upstreams);
    balancer = started.balancer;
    const { text } = await ask(started.port);
    await (upstreams[workerOf(text)] as RawUpstream).stop();
    const moved = await ask(started.port, 'GET', '/', `Cookie: ${cookieOf(text)}\r\n`);
    expect(moved.status).to.equal(200);
    expect(workerOf(moved.text)).to.not.equal(workerOf(text));
    const stays = await ask(started.port, 'GET', '/', `Cookie: ${cookieOf(moved.text)}\r\n`);
    expect(workerOf(stays.text)).to.equal(workerOf(moved.text));
  });

  it('a cookie that is not ours pins nobody', async () => {
    const started = await startGateway({ affinity: { by: 'cookie', secret: SECRET } }, ...upstreams);
    balancer = started.balancer;
    const { text } = await ask(started.port, 'GET', '/', 'Cookie: tidegate_affinity=0.AAAAAAAAAAAAAAAAAAAAAA\r\n');
    expect(cookieOf(text)).to.match(/^tidegate_affinity=\d\.[\w-]{22}$/);
  });

  it('with consistent-hash at most 1/n + 2 % of 500 sessions move when a worker is added', async () => {
    const started = await startGateway(
      { algorithm: 'consistent-hash', affinity: { by: 'header', name: 'X-Session' } },
      ...upstreams.slice(0, 3),
    );
    balancer = started.balancer;
    const before: number[] = [];
    for (let index = 0; index < SESSIONS; index++)
      before.push(workerOf((await ask(started.port, 'GET', '/', `X-Session: s${index}\r\n`)).text));
    balancer.addUpstream({ port: (upstreams[3] as RawUpstream).port });
    let moved = 0;
    for (let index = 0; index < SESSIONS; index++) {
      const worker = workerOf((await ask(started.port, 'GET', '/', `X-Session: s${index}\r\n`)).text);
      if (worker !== before[index]) {
        moved += 1;
        expect(worker).to.equal(3);
      }
    }
    expect(moved).to.be.within(1, SESSIONS * (1 / 4 + 0.02));
  });

  it('ip-hash sends a client to one worker', async () => {
    const started = await startGateway({ algorithm: 'ip-hash' }, ...upstreams);
    balancer = started.balancer;
    const workers = new Set<number>();
    for (let index = 0; index < 20; index++) workers.add(workerOf((await ask(started.port)).text));
    expect(workers.size).to.equal(1);
  });

  it('weights are kept, and can be changed while it runs', async () => {
    const started = await startGateway({ algorithm: 'weighted' }, ...upstreams.slice(0, 2));
    balancer = started.balancer;
    balancer.setWeight(`127.0.0.1:${upstreams[0]?.port}`, 3);
    const counts = [0, 0];
    for (let index = 0; index < 40; index++) {
      const worker = workerOf((await ask(started.port)).text);
      counts[worker] = (counts[worker] as number) + 1;
    }
    expect(counts).to.deep.equal([30, 10]);
  });

  it('a client over its limit gets 429 and is told when to come again', async () => {
    const started = await startGateway({ limiter: { ratePerSecond: 0.5, burst: 3 } }, upstreams[0] as RawUpstream);
    balancer = started.balancer;
    const answers = [];
    for (let index = 0; index < 4; index++) answers.push(await ask(started.port));
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 429]);
    expect(answers[0]?.text).to.contain('RateLimit-Limit: 3\r\nRateLimit-Remaining: 2\r\nRateLimit-Reset: 2\r\n');
    expect(answers[3]?.text)
      .to.contain('RateLimit-Remaining: 0\r\n')
      .and.to.contain('Retry-After: 2\r\n')
      .and.to.contain('"code":"RATE_LIMITED"');
    expect(upstreams[0]?.requests).to.have.length(3);
  });

  it('a limiter over shared state may take its time, and its failure is a 503', async () => {
    let checks = 0;
    const check = async (): Promise<LimitVerdict> => {
      checks += 1;
      if (checks > 1) throw new Error('the state is away');
      return { allowed: true, limit: 9, remaining: 8, resetMs: 1000, retryAfterMs: 0 };
    };
    const started = await startGateway({ limiter: { check } }, upstreams[0] as RawUpstream);
    balancer = started.balancer;
    expect((await ask(started.port)).text).to.contain('RateLimit-Remaining: 8\r\n');
    const failed = await ask(started.port);
    expect(failed.status).to.equal(503);
    expect(failed.text).to.contain('"code":"LIMITER_FAILED"');
  });

  it('the access log tells what became of each request', async () => {
    const entries: AccessEntry[] = [];
    const started = await startGateway({ onAccess: (entry) => entries.push(entry) }, upstreams[0] as RawUpstream);
    balancer = started.balancer;
    await ask(started.port, 'POST', '/a?b', '', 'hello');
    await ask(started.port, 'FOO');
    const [good, bad] = entries as [AccessEntry, AccessEntry];
    expect(good).to.include({ clientAddress: '127.0.0.1', method: 'POST', target: '/a?b', host: 'x', status: 200 });
    expect(good).to.include({
      upstream: `127.0.0.1:${upstreams[0]?.port}`,
      receivedBytes: 5,
      sentBytes: 0,
      retries: 0,
      termination: '--',
    });
    expect(good.totalMs).to.be.at.least(good.responseMs);
    expect(good.queueMs + good.connectMs + good.responseMs).to.be.above(0);
    expect(bad).to.include({ status: 400, termination: 'PR' });
  });

  it('an upstream is told who the client is in a field that only the gateway can write', async () => {
    const started = await startGateway({ identitySecret: SECRET }, upstreams[0] as RawUpstream);
    balancer = started.balancer;
    await ask(started.port, 'GET', '/', 'X-Tidegate-Client: 6.6.6.6 1 http 80 forged\r\n');
    const values = [...(upstreams[0]?.head ?? '').matchAll(/^x-tidegate-client: (.*)\r$/gim)].map(
      (match) => match[1] as string,
    );
    expect(values).to.have.length(1);
    expect(new ForwardedIdentity(SECRET).read(values[0] as string)).to.include({
      address: '127.0.0.1',
      proto: 'http',
      localPort: started.port,
    });
    expect(new ForwardedIdentity('another secret of ours').read(values[0] as string)).to.equal(undefined);
  });
});
