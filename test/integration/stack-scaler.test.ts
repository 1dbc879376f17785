import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { StackStatus } from '../../src/scaling/stack-scaler/index.ts';
import { type FakeContainer, FakeEngine } from '../helpers/fake-engine.ts';
import { freePort } from '../helpers/free-port.ts';
import { isInstalled } from '../helpers/prometheus.ts';
import { type RedisServer, redisAvailable, startRedis } from '../helpers/redis-server.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';
import type { ScalerStart } from './stack-scaler-process.ts';

const PROCESS = fileURLToPath(new URL('./stack-scaler-process.js', import.meta.url));

/** A scaler process and its control API. */
class Scaler {
  readonly child: ChildProcess = fork(PROCESS, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  readonly port: number;
  output = '';

  constructor(port: number) {
    this.port = port;
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (data) => (this.output += data));
  }

  async start(order: Omit<ScalerStart, 'port'>): Promise<void> {
    this.child.send({ ...order, port: this.port });
    await once(this.child, 'message');
  }

  async api<T>(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: T }> {
    const answer = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: answer.status, body: (await answer.json()) as T };
  }

  async status(): Promise<StackStatus> {
    return (await this.api<StackStatus>('GET', '/cluster/status')).body;
  }

  async role(): Promise<string> {
    return (await this.api<{ role: string }>('GET', '/health')).body.role;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

describe('the scaler of a stack: real instances behind a Docker Engine, real Redis (needs redis-server)', function () {
  this.timeout(60_000);
  const engine = new FakeEngine();
  /** The runtime in each container. */
  const runtimes = new Map<string, Runtime>();
  let redis: RedisServer | undefined;
  let scalers: Scaler[] = [];
  let leader: Scaler;
  let follower: Scaler;

  before(async function () {
    if (!redisAvailable()) return this.skip();
    redis = await startRedis();
    const [instancePort, appPort] = [await freePort(), await freePort()];
    // Each container has a loopback address of its own, and all the same ports, as in a network of Docker's.
    engine.address = (made) => `127.0.77.${made}`;
    engine.onStart = async (container) => {
      runtimes.set(container.id, await startInstance(container, appPort, instancePort));
    };
    engine.onStop = async ({ id }) => {
      await runtimes.get(id)?.stop();
      runtimes.delete(id);
    };
    await engine.start();
    await engine.onStart(engine.add(1));
    scalers = [new Scaler(await freePort()), new Scaler(await freePort())];
    const settings = { nodes: [{ host: redis.host, port: redis.port }], cluster: false, password: '', db: 0 };
    const order = {
      redis: { ...settings, tls: false, readReplicas: false, commandTimeoutMs: 500 },
      engineSocket: engine.socketPath,
      instancePort,
    };
    await Promise.all(scalers.map((scaler) => scaler.start(order)));
  });

  after(async () => {
    await Promise.all(scalers.map((scaler) => scaler.kill()));
    await Promise.all([...runtimes.values()].map((runtime) => runtime.kill()));
    await engine.stop();
    await redis?.stop();
  });

  function startInstance({ networks }: FakeContainer, appPort: number, controlPort: number): Promise<Runtime> {
    const address = Object.values(networks)[0]?.IPAddress ?? '';
    return Runtime.start(fixture('http.cjs'), {
      port: appPort,
      env: {
        LISTEN_HOST: address,
        MANAGEMENT_HOST: address,
        MANAGEMENT_PORT: String(controlPort),
        CLUSTER_ENABLED: 'false',
        AUTO_SCALING_ENABLED: 'false',
      },
    });
  }

  it('is one of two that leads, and both know all instances', async () => {
    const roles = async (): Promise<string[]> => Promise.all(scalers.map((scaler) => scaler.role()));
    await until('one leads', async () => (await roles()).includes('leader'));
    expect(await roles()).to.have.members(['leader', 'follower']);
    [leader, follower] = ((await scalers[0]?.role()) === 'leader' ? scalers : scalers.toReversed()) as [Scaler, Scaler];
    for (const scaler of scalers) {
      const { ready, instances } = await until('it has seen the instance', async () => {
        const status = await scaler.status();
        return status.ready === 1 && status;
      });
      expect(ready).to.equal(1);
      expect(instances.map(({ name, host, status }) => [name, host, status?.workers.length])).to.deep.equal([
        ['stack-app-1', '127.0.77.1', 1],
      ]);
    }
  });

  it('makes containers when it is told how many there are to be', async () => {
    const { status } = await leader.api('POST', '/scaling/manual', { instances: 3, reason: 'a sale' });
    expect(status).to.equal(202);
    const stack = await until(
      'three are ready',
      async () => {
        const seen = await leader.status();
        return seen.ready === 3 && seen;
      },
      15_000,
    );
    expect(stack.desired).to.equal(3);
    expect(engine.running).to.deep.equal([1, 2, 3]);
  });

  it('tells figures that promtool accepts (needs promtool)', async function () {
    if (!isInstalled('promtool')) return this.skip();
    const page = await (await fetch(`http://127.0.0.1:${leader.port}/metrics`)).text();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' });
    expect([status, stdout, stderr]).to.deep.equal([0, '', '']);
    expect(page).to.include('tidegate_stack_leader 1\n');
    expect(page).to.include('tidegate_stack_instances{phase="running"} 3\n');
    expect(page).to.include('tidegate_scaling_desired 3\n');
    // Instances tell these themselves: sums over all targets must not count them twice.
    expect(page).to.not.include('tidegate_http_requests_total');
  });

  it('sends whoever asks the wrong one to the leader', async () => {
    const answer = await follower.api<{ code: string; detail: string }>('POST', '/scaling/manual', { instances: 5 });
    expect(answer.status).to.equal(409);
    expect(answer.body).to.include({ code: 'NOT_LEADER' });
    expect(answer.body.detail).to.include(`127.0.0.1:${leader.port}`);
    expect(engine.running).to.deep.equal([1, 2, 3]);
  });

  it('drains the newest when there are to be fewer: its workers end in order', async () => {
    const third = [...engine.containers.values()].find(({ name }) => name === 'stack-app-3');
    const newest = runtimes.get(third?.id ?? '');
    await leader.api('POST', '/scaling/manual', { instances: 2, for: 'forever' });
    await until('two containers are left', () => engine.containers.size === 2, 15_000);
    expect(engine.running).to.deep.equal([1, 2]);
    expect((await newest?.exited)?.code).to.equal(0);
  });

  it('is replaced within 15 seconds when it is killed, never are there two, and the next one knows what was set', async () => {
    await leader.kill();
    await until(
      'the other leads',
      async () => {
        const page = await (await fetch(`http://127.0.0.1:${follower.port}/metrics`)).text();
        const leads = Number(/^tidegate_stack_leader (\d)$/m.exec(page)?.[1]);
        return leads === 1;
      },
      15_000,
    );
    const pin = await until('it has decided', async () => {
      const { body } = await follower.api<{ leads: boolean; desired: number; pin: { instances: number } | null }>(
        'GET',
        '/scaling/status',
      );
      return body.leads && body.pin !== null && body;
    });
    expect(pin).to.deep.include({ desired: 2 });
    expect(pin.pin).to.include({ instances: 2, untilMs: null });
    expect(engine.running).to.deep.equal([1, 2]);
  });
});
