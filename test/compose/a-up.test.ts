/** Acceptance a: the whole of docker-compose.scaling.yml comes up, is served and watched, and `--scale` is followed. */
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { ask } from '../helpers/ask.ts';
import { until } from '../helpers/runtime.ts';
import { figure } from './figures.ts';
import { explainFailure, MINUTE_MS, SKIPPED, type Story, storyOrSkip } from './story.ts';

interface Target {
  readonly health: string;
  readonly lastError: string;
  readonly labels: Readonly<Record<string, string>>;
}

describe(`a. The stack of docker-compose.scaling.yml${SKIPPED}`, function () {
  this.timeout(3 * MINUTE_MS);
  let story: Story;

  before(async function () {
    story = await storyOrSkip(this);
  });
  afterEach(async function () {
    await explainFailure(this.currentTest);
  });

  it('comes up from nothing, with three app containers, and is healthy within a minute', async () => {
    expect(story.upAfterMs).to.be.below(MINUTE_MS);
    const apps = (await story.stack.containers('app')).filter(({ state }) => state === 'running');
    expect(apps).to.have.length(3);
  });

  it('serves the app through HAProxy, with security headers, over HTTP and TLS', async () => {
    await story.servers(3);
    for (const base of [story.url('app'), story.url('http'), story.tlsUrl]) {
      const { status, headers } = await ask(`${base}/health`);
      expect(status, base).to.equal(200);
      expect(headers).to.include({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
      expect('strict-transport-security' in headers, base).to.equal(base.startsWith('https'));
      expect(headers).not.to.have.any.keys('server', 'x-powered-by', 'keep-alive');
    }
  });

  it('takes WebSockets over TLS to the app', async () => {
    const socket = new WebSocket(`${story.tlsUrl.replace('https', 'wss')}/ws`, { rejectUnauthorized: false });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const pong = new Promise((resolve) => socket.once('pong', resolve));
    socket.ping();
    await pong;
    socket.close();
  });

  it('shows its statistics to who has the password', async () => {
    const page = `${story.url('stats')}/stats`;
    expect((await ask(page)).status).to.equal(401);
    expect((await ask(page, { headers: { authorization: story.statsAuthorization } })).status).to.equal(200);
  });

  it('answers the control API of the stack at one address, for who has a token', async () => {
    expect((await ask(`${story.url('scaler')}/scaling/status`)).status).to.equal(401);
    // Containers are healthy a moment before the scaler has looked at them.
    await until('three ready instances', async () => {
      const { status, body } = await story.control('GET', '/cluster/status');
      expect(status).to.equal(200);
      return (body.instances as readonly { ready: boolean }[]).filter(({ ready }) => ready).length === 3;
    });
  });

  it('has every target of Prometheus up', async () => {
    const targets = async (): Promise<readonly Target[]> =>
      JSON.parse((await ask(`${story.url('prometheus')}/api/v1/targets?state=active`)).body).data.activeTargets;
    const of = (all: readonly Target[], job: string): number => all.filter(({ labels }) => labels.job === job).length;
    let all: readonly Target[] = [];
    await until(
      'all targets are up',
      async () => {
        all = await targets();
        return (
          of(all, 'tidegate') === 3 && of(all, 'tidegate-scaler') === 2 && all.every(({ health }) => health === 'up')
        );
      },
      MINUTE_MS,
    ).catch((error: Error) => {
      const down = all.filter(({ health }) => health !== 'up');
      throw new Error(
        `${error.message}: ${down.map(({ labels, lastError }) => `${labels.instance} ${lastError}`).join('; ')}`,
      );
    });
    figure(
      'a',
      `Prometheus: ${all.length} targets up (${[...new Set(all.map(({ labels }) => labels.job))].join(', ')})`,
    );
  });

  it('gives the Engine’s socket to the scaler and to nobody else', async () => {
    const having = (await story.stack.inspect()).filter(({ Mounts }) =>
      Mounts.some(({ Destination }) => Destination.endsWith('docker.sock')),
    );
    const services = having.map(({ Config }) => Config.Labels['com.docker.compose.service']);
    expect([...new Set(services)]).to.deep.equal(['scaler']);
  });

  it('serves five containers evenly within ten seconds of --scale app=5, and loses no request', async () => {
    // Else the scaler may give containers up where the machine has too few cores for five.
    await story.control('POST', '/scaling/pause', { reason: 'scaled by Compose' });
    const clients = story.load();
    const beganAtMs = Date.now();
    await story.stack.up(5);
    const scaledAtMs = Date.now();
    await story.servers(5);
    const upAtMs = Date.now();
    // From here on, each is to get its fifth.
    let shares: readonly number[] = [];
    await until(
      'five even shares',
      async () => {
        shares = await sharesOf(story, 300);
        const mean = shares.reduce((total, count) => total + count, 0) / shares.length;
        return shares.length === 5 && shares.every((count) => Math.abs(count - mean) / mean < 0.25);
      },
      30_000,
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${shares.join('/')}`);
    });
    const evenAtMs = Date.now();
    await clients.stop();
    figure(
      'a',
      `--scale app=5: compose ${scaledAtMs - beganAtMs} ms, five up ${upAtMs - scaledAtMs} ms and even (${shares.join('/')}) ${evenAtMs - scaledAtMs} ms after it; ${clients}`,
    );
    expect(evenAtMs - scaledAtMs).to.be.below(10_000);
    expect(clients.failures).to.deep.equal([]);
    // The scaler takes the number that people set for what is wanted.
    expect((await story.control('GET', '/scaling/status')).body).to.include({ leads: true, desired: 5 });
    await story.control('POST', '/scaling/resume', {});
  });
});

/** What each server was sent of the next so many requests. */
async function sharesOf(story: Story, requests: number): Promise<readonly number[]> {
  const sum = (counts: ReadonlyMap<string, number>): number =>
    [...counts.values()].reduce((total, one) => total + one, 0);
  const from = await story.served();
  await until(`${requests} more requests`, async () => sum(await story.served()) - sum(from) > requests);
  return [...(await story.served())].map(([name, count]) => count - (from.get(name) ?? 0));
}
