/** Acceptance e: the scaler of the stack starts and drains containers, by hand and by load, and one of two leads. */
import { expect } from 'chai';
import { ask } from '../helpers/ask.ts';
import { until } from '../helpers/runtime.ts';
import { SteadyClients } from './clients.ts';
import { figure } from './figures.ts';
import { explainFailure, MINUTE_MS, SKIPPED, type Story, storyOrSkip } from './story.ts';

const TAKEOVER_MS = 15_000;

describe(`e. The scaler of the stack${SKIPPED}`, function () {
  this.timeout(4 * MINUTE_MS);
  let story: Story;
  let watch: Leaders;
  let clients: SteadyClients;

  before(async function () {
    story = await storyOrSkip(this);
    watch = new Leaders(story);
    await until('one scaler leads', async () => (await watch.look()).length === 1, 30_000);
  });
  after(async () => {
    await watch?.stop();
  });
  beforeEach(async () => {
    clients = story.load();
    await until('requests are answered', () => clients.answered > 100);
  });
  afterEach(async function () {
    await clients.stop();
    await explainFailure(this.currentTest);
  });

  it('makes five healthy containers within 15 seconds of POST /scaling/manual', async () => {
    await story.control('POST', '/scaling/manual', { instances: 2, reason: 'to begin with', for: '5m' });
    await story.servers(2);
    await until('the others are gone', async () => (await running()) === 2, MINUTE_MS);
    const beganAtMs = Date.now();
    const { status, body } = await story.control('POST', '/scaling/manual', { instances: 5 });
    expect(status, JSON.stringify(body)).to.equal(202);
    await story.servers(5);
    const upMs = Date.now() - beganAtMs;
    const five = async (): Promise<boolean> => (await story.control('GET', '/cluster/status')).body.ready === 5;
    await until('the scaler sees five that are healthy and ready', five, MINUTE_MS);
    const tookMs = Date.now() - beganAtMs;
    await clients.stop();
    figure(
      'e',
      `POST /scaling/manual {"instances": 5}: five healthy after ${tookMs} ms, in HAProxy after ${upMs} ms; ${clients}`,
    );
    expect(tookMs).to.be.below(15_000);
    expect(clients.failures).to.deep.equal([]);
  });

  it('has another leader within 15 seconds when the leader is killed, who keeps to what was set', async () => {
    const [leader] = await watch.look();
    const killedAtMs = Date.now();
    await story.stack.docker('kill', '-s', 'KILL', leader ?? '');
    await until('another leads', async () => (await watch.look()).some((id) => id !== leader), MINUTE_MS);
    const tookMs = Date.now() - killedAtMs;
    await until(
      'the control API answers again',
      async () => (await story.control('GET', '/scaling/status').catch(() => null))?.status === 200,
      MINUTE_MS,
    );
    const reachedMs = Date.now() - killedAtMs;
    const { body } = await story.control('GET', '/scaling/status');
    await story.stack.docker('start', leader ?? '');
    await until('the killed one waits', async () => watch.running === 2, MINUTE_MS);
    await clients.stop();
    figure(
      'e',
      `the leader killed: another led after ${tookMs} ms, reached through HAProxy after ${reachedMs} ms; ${clients}`,
    );
    expect(body).to.include({ leads: true, desired: 5 });
    expect(tookMs).to.be.below(TAKEOVER_MS);
    expect(clients.failures).to.deep.equal([]);
    await story.servers(5);
  });

  it('removes containers when there is nothing to do, and drains them', async () => {
    await clients.stop();
    const few = new SteadyClients([`${story.url('app')}/api/fast`], 2, 50);
    const beganAtMs = Date.now();
    await story.control('POST', '/scaling/resume', {});
    await story.servers(2, 2 * MINUTE_MS);
    const tookMs = Date.now() - beganAtMs;
    await until('the drained ones are gone', async () => (await running()) === 2, MINUTE_MS);
    await few.stop();
    figure('e', `idle: from five to two containers in ${tookMs} ms; ${few}`);
    expect(few.failures).to.deep.equal([]);
  });

  it('adds containers under load', async () => {
    await clients.stop();
    const many = new SteadyClients([`${story.url('app')}/api/io?ms=200`], 40, 1);
    const beganAtMs = Date.now();
    await until('four servers or more', async () => (await story.served()).size >= 4, MINUTE_MS);
    const tookMs = Date.now() - beganAtMs;
    await many.stop();
    figure('e', `load: from two to four containers in ${tookMs} ms; ${many}`);
    expect(many.failures).to.deep.equal([]);
  });

  it('has never had two leaders, however often one looked', async () => {
    figure('e', `${watch.looks} looks at the roles of all scalers: ${watch.most} leader at most`);
    expect(watch.looks).to.be.above(50);
    expect(watch.most).to.equal(1);
  });

  async function running(): Promise<number> {
    return (await story.stack.containers('app')).filter(({ state }) => state === 'running').length;
  }
});

/** Looks at the roles of all scalers again and again. */
class Leaders {
  looks = 0;
  most = 0;
  running = 0;
  readonly #story: Story;
  readonly #watching: Promise<void>;
  #stopping = false;

  constructor(story: Story) {
    this.#story = story;
    this.#watching = this.#watch();
  }

  /** Ids of the containers that lead. */
  async look(): Promise<readonly string[]> {
    const scalers = (await this.#story.stack.inspect('scaler')).filter(({ State }) => State.Status === 'running');
    const roles = await Promise.all(
      scalers.map(async ({ Id, NetworkSettings }) => {
        const address = NetworkSettings.Networks[`${this.#story.stack.project}_control`]?.IPAddress ?? '';
        const { body } = await ask(`http://${address}:9001/health`).catch(() => ({ body: '{}' }));
        return { Id, role: (JSON.parse(body) as { readonly role?: string }).role };
      }),
    );
    const leaders = roles.filter(({ role }) => role === 'leader').map(({ Id }) => Id);
    this.running = roles.filter(({ role }) => role !== undefined).length;
    this.looks += 1;
    this.most = Math.max(this.most, leaders.length);
    return leaders;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#stopping) await this.look();
  }
}
