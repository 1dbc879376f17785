import { expect } from 'chai';
import { ComposeTarget } from '../../../../src/scaling/targets/compose/compose-target.ts';
import { Engine } from '../../../../src/scaling/targets/compose/engine.ts';
import { FakeEngine } from '../../../helpers/fake-engine.ts';

async function failureOf(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  return promise.then(
    () => {
      throw new Error('it should have failed');
    },
    (error: Error) => error,
  );
}

describe('a service of a Compose project', () => {
  let fake: FakeEngine;
  let engine: Engine;
  let target: ComposeTarget;
  const log: string[] = [];
  let nowMs = 0;

  beforeEach(async () => {
    fake = new FakeEngine();
    await fake.start();
    log.length = 0;
    engine = new Engine(fake.socketPath);
    target = new ComposeTarget({
      engine,
      project: 'stack',
      service: 'app',
      graceMs: 35_000,
      nowMs: () => nowMs,
      log: (level, message) => log.push(`${level}: ${message}`),
    });
  });
  afterEach(async () => {
    engine.close();
    await fake.stop();
  });

  /** What a look at the service says of others. */
  async function changesSeen(): Promise<number | null> {
    await target.instances();
    return target.changedByOthers();
  }

  it('grows by containers that Compose would take for its own', async () => {
    const first = fake.add(1);
    target.reconcile(3);
    await target.converge();
    expect(fake.running).to.deep.equal([1, 2, 3]);
    const third = [...fake.containers.values()].find(({ name }) => name === 'stack-app-3');
    expect(third?.config).to.deep.equal({
      Image: 'tidegate:latest',
      Env: ['CLUSTER_ENABLED=false'],
      Labels: { ...first.config.Labels, 'com.docker.compose.container-number': '3' },
    });
    expect(third?.hostConfig).to.deep.equal(first.hostConfig);
    expect(Object.entries(third?.networks ?? {}).map(([name, { Aliases }]) => [name, Aliases])).to.deep.equal([
      ['stack_front', ['app']],
      ['stack_back', ['app']],
    ]);
  });

  it('shrinks from the top: the stop signal, time to drain, and then the container is removed', async () => {
    for (const number of [1, 2, 3]) fake.add(number);
    let release = (): void => {};
    fake.onStop = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    target.reconcile(2);
    await target.converge();
    const phases = async () => (await target.instances()).map(({ number, phase }) => [number, phase]);
    expect(await phases()).to.deep.equal([
      [1, 'running'],
      [2, 'running'],
      [3, 'draining'],
    ]);
    await target.converge();
    release();
    await target.settled();
    expect(await phases()).to.deep.equal([
      [1, 'running'],
      [2, 'running'],
    ]);
    expect(fake.calls.filter((call) => call.includes('/stop'))).to.deep.equal([
      `POST /containers/${'0003'.repeat(16)}/stop?t=35`,
    ]);
    expect(log).to.deep.equal(['info: container stack-app-3 is told to leave', 'info: container stack-app-3 is gone']);
  });

  it('replaces a container that ended', async () => {
    fake.add(1);
    fake.add(2, { state: 'exited', status: 'Exited (137) 2 seconds ago' });
    target.reconcile(2);
    for (nowMs = 0; nowMs < 5_000; nowMs += 1_000) {
      await target.converge();
      expect(fake.running).to.deep.equal([1]);
    }
    await target.converge();
    expect(fake.running).to.deep.equal([1, 3]);
    expect(fake.containers.size).to.equal(2);
    expect(await changesSeen()).to.equal(null);
  });

  it('notices what others do to the service, and not what it does itself', async () => {
    for (const number of [1, 2]) fake.add(number);
    target.reconcile(3);
    expect(await changesSeen()).to.equal(null);
    await target.converge();
    expect(await changesSeen()).to.equal(null);
    fake.add(4);
    fake.add(5);
    expect(await changesSeen()).to.equal(5);
    expect(await changesSeen()).to.equal(null);
    // Compose stops containers, and removes them when the last has ended.
    const [, second, third] = [...fake.containers.values()];
    for (const container of [second, third]) if (container !== undefined) container.state = 'exited';
    expect(await changesSeen()).to.equal(null);
    for (const container of [second, third]) fake.containers.delete(container?.id ?? '');
    expect(await changesSeen()).to.equal(3);
    target.reconcile(2);
    await target.converge();
    expect(await changesSeen()).to.equal(null);
    await target.settled();
    expect(await changesSeen()).to.equal(null);
  });

  it('replaces containers that go on ending more and more slowly', async () => {
    const end = (): void => {
      for (const container of fake.containers.values()) container.state = 'exited';
    };
    fake.add(1);
    target.reconcile(1);
    const replacedAtMs: number[] = [];
    for (nowMs = 0; nowMs <= 200_000; nowMs += 1_000) {
      end();
      const before = new Set(fake.containers.keys());
      await target.converge();
      if ([...fake.containers.keys()].some((id) => !before.has(id))) replacedAtMs.push(nowMs / 1_000);
    }
    // Each keeps its place for 5 s after it is seen to have ended, a second after it was made.
    expect(replacedAtMs).to.deep.equal([5, 11, 17, 23, 31, 47, 79, 139, 199]);
  });

  it('leaves alone other services, other projects and one-off containers', async () => {
    fake.add(1);
    fake.add(2, { name: 'job' }).config.Labels['com.docker.compose.oneoff'] = 'True';
    fake.add(3, { name: 'other' }).config.Labels['com.docker.compose.service'] = 'redis';
    target.reconcile(1);
    await target.converge();
    expect(fake.calls.filter((call) => !call.startsWith('GET'))).to.deep.equal([]);
    expect((await target.instances()).map(({ name }) => name)).to.deep.equal(['stack-app-1']);
  });

  it('does nothing before somebody says how many, and nothing more when its leader was released', async () => {
    fake.add(1);
    await target.converge();
    target.reconcile(3);
    target.release();
    await target.converge();
    expect(fake.calls).to.deep.equal([]);
  });

  it('has a container that is not healthy yet start, and tells its address', async () => {
    fake.add(1, { status: 'Up 2 seconds (health: starting)' });
    expect(await target.instances()).to.deep.equal([
      {
        id: '0001'.repeat(16),
        name: 'stack-app-1',
        number: 1,
        phase: 'starting',
        host: '10.0.0.1',
        startedAtMs: 1_700_000_001_000,
      },
    ]);
  });

  it('is reached in the network that the scaler is in', async () => {
    const container = fake.add(1);
    container.networks.stack_front = { IPAddress: '172.20.0.7', Aliases: [] };
    const options = { engine, project: 'stack', service: 'app', graceMs: 1, nowMs: () => nowMs, log: () => {} };
    const hostIn = async (network: string): Promise<string | null | undefined> =>
      (await new ComposeTarget({ ...options, networks: [network] }).instances())[0]?.host;
    expect(await hostIn('stack_front')).to.equal('172.20.0.7');
    expect(await hostIn('stack_back')).to.equal('10.0.0.1');
    expect(await hostIn('elsewhere')).to.equal(null);
  });

  it('removes what it could not start, says why, and tries again', async () => {
    fake.add(1);
    fake.refusals.set('POST /networks/stack_back/connect', { status: 500, message: 'no address is left' });
    target.reconcile(2);
    const failure = await failureOf(target.converge());
    expect(failure).to.include({ code: 'ENGINE_REFUSED', status: 500 });
    expect(failure.message).to.equal('POST /networks/stack_back/connect: 500 no address is left');
    expect(fake.containers.size).to.equal(1);
    fake.refusals.clear();
    await target.converge();
    expect(fake.running).to.deep.equal([1, 2]);
  });

  it('says what to do about a fixed name, a published port and a service that was never started', async () => {
    const only = fake.add(1, { name: 'shop' });
    target.reconcile(2);
    expect((await failureOf(target.converge())).message).to.include('take container_name out of its file');
    only.name = 'stack-app-1';
    only.hostConfig = { ...only.hostConfig, PortBindings: { '3001/tcp': [{ HostPort: '3001' }] } };
    expect(await failureOf(target.converge())).to.include({ code: 'SERVICE_NOT_SCALABLE' });
    fake.containers.clear();
    const fresh = new ComposeTarget({
      engine,
      project: 'stack',
      service: 'app',
      graceMs: 1,
      nowMs: () => nowMs,
      log: () => {},
    });
    fresh.reconcile(1);
    expect(await failureOf(fresh.converge())).to.include({ code: 'SERVICE_UNKNOWN' });
  });

  it('says so when nobody answers on the socket, or something else than the Engine does', async () => {
    const nobody = new Engine(`${fake.socketPath}.missing`);
    expect(await failureOf(nobody.list('stack', 'app'))).to.include({ code: 'ENGINE_UNREACHABLE' });
    fake.refusals.set('GET /containers/json', { status: 200, message: 'hello' });
    expect(await failureOf(engine.list('stack', 'app'))).to.include({ code: 'ENGINE_BAD_ANSWER' });
  });
});
